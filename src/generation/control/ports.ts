import type { CheckedConfig } from '../../config/check/check.ts';
import type { ConfigProblems } from '../../protocol/config.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { SupervisorReply, SupervisorRequest } from '../../supervisor/ipc/messages.ts';
import type { Home } from '../../util/home.ts';

export interface ControlPorts {
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /** The configuration that is in force in this generation. Called again for every request, like the next two. */
  running(): { revision: number; state: string; checked: CheckedConfig };
  /** Why the file's present content is not in force, as the supervisor sees it; null when it is. */
  problem(): ConfigProblems | null;
  sessions: Pick<Sessions, 'list'>;
  now(): number;
  /** Sends a request to the supervisor. Never rejects; a supervisor that is gone counts as a refusal. */
  askSupervisor(what: SupervisorRequest, reason: string, by?: string): Promise<SupervisorReply>;
}
