import { once } from 'node:events';
import { createServer } from 'node:net';
import { type LoadedConfig, loadConfig } from '../../config/check/load.ts';
import { formatAddress } from '../../config/fields/address.ts';
import { MidturnError } from '../../errors/errors.ts';
import { ListenError } from '../../errors/supervisor.ts';
import type { Home } from '../../util/home.ts';

/** The reason why a daemon could not listen on its configured TCP address, and what to do. */
export interface PortProblem {
  what: string;
  next: string;
  /** Whether the operator chose the address; false for the default address of a home without a configuration file. */
  isChosen: boolean;
}

/**
 * Checks whether a daemon could listen on the configured address; call it only while no daemon runs on this home.
 * Resolves with `undefined` when it could, and also when the configuration is invalid, which another check reports.
 */
export async function findPortProblem(home: Home): Promise<PortProblem | undefined> {
  const loaded = loadIfValid(home);
  if (!loaded) return undefined;
  const { listen } = loaded.config;
  const server = createServer();
  try {
    server.listen({ host: listen.host, port: listen.port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    const errno = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const { what, next } = new ListenError(formatAddress(listen), errno);
    return { what, next, isChosen: loaded.origin === 'file' };
  } finally {
    server.close();
  }
}

function loadIfValid(home: Home): LoadedConfig | undefined {
  try {
    return loadConfig(home);
  } catch (error) {
    if (error instanceof MidturnError) return undefined;
    throw error;
  }
}
