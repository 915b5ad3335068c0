import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SocketPathTooLongError } from '../../errors/supervisor.ts';
import type { Home } from '../../util/home.ts';
import { SOCKET_PATH_BYTES } from '../../util/socket-path.ts';

/**
 * Returns the path of the private socket on which a generation answers its supervisor and later generations. The
 * process id makes it unique among living processes.
 */
export function privateSocketPath(home: Home, pid: number): string {
  return join(home.run, `generation-${pid}.sock`);
}

/**
 * Checks that every socket path of this home fits into the kernel's fixed field; throws SocketPathTooLongError
 * otherwise.
 */
export function checkSocketPaths(home: Home): void {
  for (const path of [home.socket, privateSocketPath(home, HIGHEST_PID)]) {
    if (Buffer.byteLength(path) > SOCKET_PATH_BYTES)
      throw new SocketPathTooLongError(path, SOCKET_PATH_BYTES);
  }
}

/** Highest process id on Linux; other systems have a lower limit. */
const HIGHEST_PID = 4_194_304;

/**
 * Removes the private sockets of generations whose supervisor was killed. Such a generation may still run, but is
 * about to exit.
 */
export function removeLeftoverSockets(home: Home): void {
  for (const name of readdirSync(home.run)) {
    if (/^generation-\d+\.sock$/.test(name)) removeSocket(join(home.run, name));
  }
}

/** Removes a socket file. Never throws, because a socket file that stays behind is harmless. */
export function removeSocket(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder may be gone, or may no longer belong to this user.
  }
}
