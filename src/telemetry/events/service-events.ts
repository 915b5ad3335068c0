import { defineEvent, type NoFields } from './define.ts';

/** Events of the configuration: what became of a saved file, of a revision, and of a change by an agent. */
const CONFIG_EVENTS = {
  'config:looked': defineEvent(
    'debug',
    'The configuration file was compared with the active revision.',
  ).withFields<{
    found: string;
  }>(),
  'config:applied': defineEvent('info', 'A revision came into force without a handover.').withFields<{
    revision: number;
    keys?: string[];
  }>(),
  'config:ahead': defineEvent(
    'info',
    'The live keys of a change came into force ahead of its handover.',
  ).withFields<{ revision: number; keys: string[] }>(),
  'config:good': defineEvent('info', 'A revision passed its trial.').withFields<{ revision: number }>(),
  'config:failed': defineEvent('error', 'A revision was rejected or failed its trial.').withFields<{
    revision: number;
    keys: string[];
    reason: string;
  }>(),
  'config:broken': defineEvent(
    'error',
    'The configuration file is invalid; the active revision stays.',
  ).withFields<{
    problems: unknown;
  }>(),
  'config:gone': defineEvent(
    'warn',
    'The configuration file is missing; the active revision stays.',
  ).withFields<{
    file: string;
  }>(),
  'config:warning': defineEvent(
    'warn',
    'The configuration is valid and probably not what was meant.',
  ).withFields<object>(),
  'config:revision_not_saved': defineEvent('warn', 'A revision could not be stored.').withFields<{
    error: unknown;
  }>(),
  'config:changed_by_agent': defineEvent('info', 'An agent changed the configuration.').withFields<{
    session: string;
    call: string;
    revision: number;
    keys: string[];
    approvedBy?: string | null;
  }>(),
  'config:change_refused': defineEvent(
    'info',
    'A change of the configuration by an agent was refused.',
  ).withFields<{
    session: string;
    call: string;
    keys: unknown;
  }>(),
};

/** Events of the HTTP interface; `by` describes the caller. */
const HTTP_EVENTS = {
  'http:refused': defineEvent('warn', 'A request without a valid token was refused.').withFields<{
    by: string;
    token: string;
    path: string;
  }>(),
  'http:failed': defineEvent('error', 'A request failed because of an error of the daemon.').withFields<{
    error: unknown;
  }>(),
  'http:wait_failed': defineEvent('error', 'A client that waits for an outcome was cut off.').withFields<{
    session: string;
    input: string;
    error: unknown;
  }>(),
  'http:restart_wanted': defineEvent('info', 'A client requested a restart.').withFields<{
    by: string;
    reason: string;
  }>(),
  'http:stop_wanted': defineEvent('info', 'A client requested a stop.').withFields<{
    by: string;
    reason: string;
  }>(),
  'http:login_wanted': defineEvent('info', 'A client began a login to an MCP server.').withFields<{
    by: string;
    server: string;
  }>(),
  'http:logout_wanted': defineEvent('info', 'A client ended the login to an MCP server.').withFields<{
    by: string;
    server: string;
  }>(),
  'http:config_written': defineEvent('info', 'A client changed the configuration.').withFields<{
    by: string;
    how: string;
  }>(),
  'http:grant_revoked': defineEvent('info', 'A client revoked a standing approval.').withFields<{
    by: string;
  }>(),
};

/** Events of schedules, reminders and the clock. */
const TIME_EVENTS = {
  'schedule:fired': defineEvent('debug', 'A schedule started a turn.').withFields<{
    schedule: string;
    slot: string | null;
    session: string;
  }>(),
  'schedule:missed': defineEvent('warn', 'Slots of a schedule passed while the daemon was down.').withFields<{
    schedule: string;
  }>(),
  'reminder:fired': defineEvent('debug', 'A reminder was delivered.').withFields<{
    reminder: string;
    session: string;
  }>(),
  'clock:set_back': defineEvent('warn', 'The wall clock was set back.').withFields<{
    from: number;
    to: number;
  }>(),
  'time:fenced': defineEvent(
    'debug',
    'Another generation decides about schedules now.',
  ).withFields<NoFields>(),
  'time:failed': defineEvent('warn', 'Schedules could not be decided; they are tried again.').withFields<{
    error: unknown;
  }>(),
};

/** Events of the journal as a store; what happens in a session is in the session's own events. */
const JOURNAL_EVENTS = {
  'journal:unavailable': defineEvent(
    'warn',
    'The journal refused a write; it is tried again.',
    'error',
  ).withFields<object>(),
};

/** Events of MCP servers and skills; the id `server` names the server as the configuration does. */
const TOOL_EVENTS = {
  'mcp:ready': defineEvent('info', 'A server is connected and its tools are known.').withFields<NoFields>(),
  'mcp:listed': defineEvent(
    'info',
    'A list of tools was read and differs from the previous one.',
  ).withFields<{ tools: number }>(),
  'mcp:failed': defineEvent(
    'warn',
    'A server could not be started, or was lost soon afterwards; another attempt follows.',
  ).withFields<{ error: string | undefined; failures: number; retryIn: number }>(),
  'mcp:lost': defineEvent('warn', 'A connection to a server was lost.').withFields<{
    error: string | undefined;
  }>(),
  'mcp:retired': defineEvent(
    'info',
    'A server was taken out of the configuration, or changed so that it has to be restarted.',
  ).withFields<NoFields>(),
  'mcp:bad_tool': defineEvent(
    'warn',
    'The description of one tool is unusable; the other tools of the server are still offered.',
  ).withFields<{ tool: string; why: string }>(),
  'mcp:unknown_tools': defineEvent(
    'warn',
    'The configuration names tools that the server does not have.',
  ).withFields<{ tools: string[] }>(),
  'mcp:login_begun': defineEvent('info', 'A client has started a login to a server.').withFields<{
    login: string;
  }>(),
  'mcp:login_finished': defineEvent('info', 'A login to a server has succeeded.').withFields<NoFields>(),
  'mcp:login_failed': defineEvent('warn', 'A login ended without tokens.').withFields<{
    error: string;
  }>(),
  'mcp:login_ended': defineEvent('info', 'A login was deleted.').withFields<NoFields>(),
  'mcp:progress': defineEvent('debug', 'A running call reports its progress.').withFields<{
    tool: string;
  }>(),
  'mcp:noise': defineEvent(
    'debug',
    'A server sent a message that is invalid or was not requested.',
  ).withFields<{
    error: string;
  }>(),
  'mcp:stderr': defineEvent('debug', 'A server wrote to its error output.').withFields<{
    text: string;
  }>(),
  'skills:broken': defineEvent('warn', 'A skill could not be read.').withFields<object>(),
};

export const SERVICE_EVENTS = {
  ...CONFIG_EVENTS,
  ...HTTP_EVENTS,
  ...TIME_EVENTS,
  ...JOURNAL_EVENTS,
  ...TOOL_EVENTS,
};
