import { defineEvent, type NoFields } from './define.ts';

/** Events of generations and of the supervisor: starts and ends of processes, handovers, listening, rescue mode. */
export const DAEMON_EVENTS = {
  'generation:started': defineEvent('info', 'The supervisor started a process.').withFields<{
    pid: number | null;
    mode: string;
    revision: number;
  }>(),
  'generation:said': defineEvent('debug', 'A generation sent a message to the supervisor.').withFields<{
    pid: number | null;
    type: string;
  }>(),
  'generation:rehearsed': defineEvent(
    'debug',
    'A new generation has run its rehearsal turns.',
  ).withFields<NoFields>(),
  'generation:serving': defineEvent('info', 'A generation accepts requests.').withFields<{
    mode: string;
    cause: string;
    handover: string | null;
  }>(),
  'generation:resumed': defineEvent('info', 'A generation resumed unfinished sessions.').withFields<{
    sessions: number;
  }>(),
  'generation:look_failed': defineEvent(
    'error',
    'The unfinished work of a session of an earlier generation could not be read.',
  ).withFields<{ session: string; error: unknown }>(),
  'generation:take_up_failed': defineEvent(
    'error',
    'Free sessions could not be resumed; they are resumed at the next occasion.',
  ).withFields<{ error: unknown }>(),
  'generation:draining': defineEvent(
    'info',
    'A generation leaves and finishes its running steps.',
  ).withFields<{
    reason: string;
    cap: number;
  }>(),
  'generation:drained': defineEvent('info', 'A generation has released all sessions.').withFields<{
    reason: string;
  }>(),
  'generation:ended': defineEvent(
    'info',
    'The process of a leaving generation ended; a warning when it had not finished its drain.',
    'warn',
  ).withFields<{ pid: number | null; generation: number | null; end: string }>(),
  'generation:crashed': defineEvent('error', 'The serving generation died; another one starts.').withFields<{
    end: string;
    served: number | null;
    quickCrashes: number;
    nextIn: number;
  }>(),
  'housekeeping:failed': defineEvent(
    'warn',
    'A periodic task of a generation failed; it is tried again.',
  ).withFields<{
    error: unknown;
  }>(),
  'supervisor:listening': defineEvent('info', 'The supervisor has bound the address of the API.').withFields<{
    address: string;
  }>(),
  'supervisor:listen_failed': defineEvent('error', 'A new address of the API cannot be bound.').withFields<{
    error: unknown;
    address: string;
  }>(),
  'supervisor:rescue': defineEvent(
    'error',
    'Generations crashed too often; the next one accepts messages and runs nothing.',
  ).withFields<{ quickCrashes: number }>(),
  'supervisor:status_file_failed': defineEvent('warn', 'The status file could not be written.').withFields<{
    error: unknown;
  }>(),
  'supervisor:draining': defineEvent('info', 'The daemon was told to stop.').withFields<{
    pid: number | null;
    what: 'stop';
    reason: string;
    hint?: string;
  }>(),
  'supervisor:stopped': defineEvent('info', 'The daemon has stopped.', 'fatal').withFields<{
    reason?: string;
    end?: string;
    exitCode: number;
  }>(),
  'handover:done': defineEvent('info', 'A handover ended.').withFields<object>(),
  'handover:failed': defineEvent('error', 'A handover failed; the former generation serves on.').withFields<{
    handover: string | number;
    cause: string;
    failure: unknown;
  }>(),
  'handover:report_failed': defineEvent('warn', 'The report of a handover could not be stored.').withFields<{
    handover?: string | number;
    error: unknown;
  }>(),
};
