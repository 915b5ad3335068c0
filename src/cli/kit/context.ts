import type { Command } from 'commander';
import type { Target } from '../../client/target.ts';
import { UsageError } from '../../errors/cli.ts';
import { type Home, homeAt } from '../../util/home.ts';

/** What every command knows from the global options. */
export interface Cli {
  home: Home;
  /** For programs: one JSON document (or one per line) on stdout instead of text. */
  json: boolean;
  /** The daemon: the home's socket unless `--url` names another. */
  target: Target;
}

type GlobalOptions = { home?: string; json?: boolean; url?: string; token?: string };

export function cliOf(command: Command): Cli {
  const { home: root, json = false, url, token } = command.optsWithGlobals<GlobalOptions>();
  const home = homeAt(root);
  if (url === undefined) return { home, json, target: { socketPath: home.socket } };
  return { home, json, target: { url: usableUrl(url), ...(token === undefined ? {} : { token }) } };
}

function usableUrl(url: string): string {
  if (URL.parse(url)?.protocol === 'http:') return url;
  throw new UsageError(
    `"${url}" is not the address of a daemon; it looks like http://127.0.0.1:7717 (--url or MIDTURN_URL).`,
  );
}
