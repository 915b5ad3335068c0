/** What the core reports, by level: the events of the catalogue of runtime events, with their fields. */
interface LoggedEvents {
  debug: { 'config:looked': { found: string } };
  info: {
    'config:good': { revision: number };
    'config:applied': { revision: number; keys: string[] };
    'config:ahead': { revision: number; keys: string[] };
    'generation:started': { pid: number | null; mode: string; revision: number };
    'generation:ended': EndedGeneration;
    'supervisor:draining': { pid: number | null; what: 'stop'; reason: string; hint?: string };
    'supervisor:stopped': { reason: string; exitCode: number };
  };
  warn: { 'config:gone': { file: string }; 'generation:ended': EndedGeneration };
  error: {
    'config:broken': { problems: unknown };
    'config:failed': { revision: number; keys: string[]; reason: string };
    'generation:crashed': { end: string; served: number | null; quickCrashes: number; nextIn: number };
    'handover:failed': { handover: string; cause: string; failure: string };
    'journal:unavailable': { end: string; nextIn: number };
    'supervisor:rescue': { quickCrashes: number };
  };
  fatal: { 'supervisor:stopped': { end: string; exitCode: number } };
}

interface EndedGeneration {
  pid: number | null;
  generation: number | null;
  end: string;
}

/** One record for the log: its level, event and fields. */
export type LogRecord = {
  [Level in keyof LoggedEvents]: {
    [Name in keyof LoggedEvents[Level]]: [level: Level, event: Name, fields: LoggedEvents[Level][Name]];
  }[keyof LoggedEvents[Level]];
}[keyof LoggedEvents];
