import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function inPlace(path: string, text: string): void {
  writeFileSync(path, text);
}

/** As most programs do it that care about their files. */
export function byRename(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** The old file becomes the backup, a new one is made, the backup goes; before that, a file tries out the folder. */
export function likeVim(path: string, text: string): void {
  const probe = join(dirname(path), '4913');
  writeFileSync(probe, '');
  unlinkSync(probe);
  renameSync(path, `${path}~`);
  writeFileSync(path, text);
  unlinkSync(`${path}~`);
}

export function deletedAndMadeAgain(path: string, text: string): void {
  rmSync(path);
  writeFileSync(path, text);
}

let volumes = 0;

/** As Kubernetes mounts a volume: the file is a link through `..data`, a link that is switched to a new folder. */
export function likeKubernetes(path: string, text: string): void {
  switchedVolume(path, text);
  symlinkSync(join('..data', 'midturn.jsonc'), `${path}.link`);
  renameSync(`${path}.link`, path);
}

/** Once the file is such a link: nothing but the volume changes. */
export function switchedVolume(path: string, text: string): void {
  const folder = dirname(path);
  volumes += 1;
  const volume = `..2026_01_01.${volumes}`;
  mkdirSync(join(folder, volume));
  writeFileSync(join(folder, volume, 'midturn.jsonc'), text);
  symlinkSync(volume, join(folder, '..data_tmp'));
  renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
}
