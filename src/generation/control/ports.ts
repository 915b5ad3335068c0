import type { CheckedConfig } from '../../config/check/check.ts';
import type { ConfigTrouble } from '../../protocol/config.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { Answer, Question } from '../../supervisor/ipc/messages.ts';
import type { Home } from '../../util/home.ts';

export interface ControlPorts {
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /** The configuration that this generation runs with. Read anew for every request, as the next two. */
  running(): { revision: number; state: string; checked: CheckedConfig };
  /** Why the file's present content does not run, as the supervisor sees it. */
  problem(): ConfigTrouble | null;
  sessions: Pick<Sessions, 'list'>;
  now(): number;
  /** Asks the supervisor. Never rejects; one that is gone counts as having refused. */
  ask(what: Question, reason: string, by?: string): Promise<Answer>;
}
