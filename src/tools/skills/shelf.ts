import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { hasErrorCode, messageOf } from '../../errors/errors.ts';
import { BrokenSkillError } from '../../errors/tools.ts';
import { decodeText, openRegularFile } from '../files/regular-file.ts';
import { parseSkill, type SkillFile } from './skill-file.ts';

/** The skills in a folder at this moment: those that can be used, and the problems of the others. */
export interface SkillListing {
  /** Usable skills by name, in alphabetical order. */
  skills: ReadonlyMap<string, SkillFile>;
  /** Why a skill cannot be used, by the name of its folder. */
  broken: ReadonlyMap<string, string>;
}

export interface SkillCatalog {
  /**
   * Reads all skills in a folder. Never rejects: a skill that cannot be used is left out, and each problem is
   * reported once.
   */
  readFolder(folder: string): Promise<SkillListing>;
}

/** Called when a skill, or a whole folder of skills, cannot be used. Must not throw. */
export type ReportBroken = (about: { folder: string; problem: string }) => void;

/** Most skills per folder, because every description is a part of every prompt. */
const MOST_SKILLS = 100;

/** Largest SKILL.md in bytes; far longer than instructions should be. */
const LONGEST_SKILL = 256 * 1024;

/**
 * Creates a reader of skill folders. It reads a folder each time, so that a change counts from the next model
 * call on, but parses a file again only after it has changed.
 */
export function createSkillCatalog(report: ReportBroken): SkillCatalog {
  const parsed = new Map<string, Parsed>();
  const reportOnce = createReportOnce(report);
  return {
    async readFolder(folder) {
      const skills = new Map<string, SkillFile>();
      const broken = new Map<string, string>();
      const names = await foldersIn(folder).catch((error: unknown) => {
        reportOnce(folder, reasonOf(error));
        return [];
      });
      const unseen = new Set([...parsed.keys()].filter((path) => path.startsWith(`${folder}${sep}`)));
      for (const name of names) {
        if (skills.size + broken.size >= MOST_SKILLS) {
          reportOnce(folder, `only its first ${MOST_SKILLS} skills are used`);
          break;
        }
        const path = join(folder, name);
        const found = await loadSkill(folder, name, parsed.get(path));
        if (!found) continue;
        parsed.set(path, found);
        unseen.delete(path);
        if (typeof found.result !== 'string') skills.set(name, found.result);
        else {
          broken.set(name, found.result);
          reportOnce(path, found.result);
        }
      }
      for (const path of unseen) parsed.delete(path);
      return { skills, broken };
    },
  };
}

interface Parsed {
  /** Identifies the content of the file: it changes whenever the file does. */
  version: string;
  /** The skill, or the reason why it cannot be used. */
  result: SkillFile | string;
}

/**
 * Reads one skill, or returns the known result if the file is unchanged. A folder without a SKILL.md is not a
 * skill, and not an error.
 */
async function loadSkill(folder: string, name: string, known?: Parsed): Promise<Parsed | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(join(folder, name, SKILL), { bigint: true });
    const version = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
    return known?.version === version ? known : { version, result: await parseFile(folder, name) };
  } catch (error) {
    return hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'ENOTDIR')
      ? undefined
      : { version: '', result: reasonOf(error) };
  }
}

const SKILL = 'SKILL.md';

/**
 * Parses a SKILL.md. After following links, the file must lie in the folder of skills: a link must not make
 * other files of the machine readable.
 */
async function parseFile(folder: string, name: string): Promise<SkillFile | string> {
  try {
    await using opened = await openRegularFile({ roots: [folder] }, join(name, SKILL));
    const { file, size } = opened;
    if (size > LONGEST_SKILL) {
      throw new BrokenSkillError(name, `its ${SKILL} has ${size} bytes; the maximum is ${LONGEST_SKILL}`);
    }
    return parseSkill(decodeText(await file.readFile(), join(name, SKILL), size), name);
  } catch (error) {
    return reasonOf(error);
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const candidates = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink());
  return candidates.map(({ name }) => name).sort();
}

function createReportOnce(report: ReportBroken): (folder: string, problem: string) => void {
  const reported = new Set<string>();
  return (folder, problem) => {
    const what = `${folder}\n${problem}`;
    if (reported.has(what)) return;
    // Forgets after a thousand problems, which bounds the memory; then a problem may be reported again.
    if (reported.size >= 1_000) reported.clear();
    reported.add(what);
    report({ folder, problem });
  };
}

function reasonOf(error: unknown): string {
  if (hasErrorCode(error, 'ENOENT')) return 'there is no such folder';
  return messageOf(error);
}
