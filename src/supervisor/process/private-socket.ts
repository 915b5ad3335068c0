import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SocketPathTooLongError } from '../../errors/supervisor.ts';
import type { Home } from '../../util/home.ts';
import { SOCKET_PATH_BYTES } from '../../util/socket-path.ts';

/** Where a generation answers its supervisor and other generations. No two living processes have the same number. */
export function privateSocket(home: Home, pid: number): string {
  return join(home.run, `generation-${pid}.sock`);
}

/** Throws SocketPathTooLongError when some socket of this home would not fit into the kernel's fixed field. */
export function checkSocketPaths(home: Home): void {
  for (const path of [home.socket, privateSocket(home, HIGHEST_PID)]) {
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
      throw new SocketPathTooLongError(path, SOCKET_PATH_BYTES);
  }
}

/** Of Linux; other systems have less. */
const HIGHEST_PID = 4_194_304;

/** Removes the sockets of generations whose supervisor was killed; a generation that still runs is on its way out. */
export function removeLeftoverSockets(home: Home): void {
  for (const name of readdirSync(home.run)) {
    if (/^generation-\d+\.sock$/.test(name)) removeSocket(join(home.run, name));
  }
}

/** Never throws: a socket file that stays behind harms nobody. */
export function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Its folder may be gone or not ours any more.
  }
}
