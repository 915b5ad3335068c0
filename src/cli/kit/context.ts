import type { Command } from 'commander';
import type { Target } from '../../client/transport/target.ts';
import { UsageError } from '../../errors/cli.ts';
import { type Home, resolveHome } from '../../util/home.ts';

/** The global options, parsed: the home, the output format and the daemon to talk to. */
export interface CliContext {
  home: Home;
  /** Print one JSON document, or one per line, on stdout instead of text for people. */
  json: boolean;
  /** Address of the daemon: the socket of the home, unless `--url` names another address. */
  target: Target;
}

type GlobalOptions = { home?: string; json?: boolean; url?: string; token?: string };

export function readGlobalOptions(command: Command): CliContext {
  const { home: root, json = false, url, token } = command.optsWithGlobals<GlobalOptions>();
  const home = resolveHome(root);
  if (url === undefined) return { home, json, target: { socketPath: home.socket } };
  return { home, json, target: { url: requireHttpUrl(url), ...(token === undefined ? {} : { token }) } };
}

function requireHttpUrl(url: string): string {
  if (URL.parse(url)?.protocol === 'http:') return url;
  throw new UsageError(
    `"${url}" is not a daemon address; expected one like http://127.0.0.1:7717 (--url or MIDTURN_URL).`,
  );
}
