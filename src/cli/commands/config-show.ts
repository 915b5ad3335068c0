import { loadConfig } from '../../config/load.ts';
import { shownConfig } from '../../config/redact.ts';
import type { Cli } from '../context.ts';
import { print } from '../output.ts';

/** What the file says, secrets masked. JSON in any case. Throws ConfigError when it is not valid. */
export function showConfig({ home, json }: Cli): void {
  const shown = shownConfig(loadConfig(home)) ?? {};
  print(JSON.stringify(shown, null, json ? undefined : 2));
}
