import { addEffect, addLog, type DecisionDraft, updateState } from '../model/draft.ts';
import {
  type ConfigState,
  type ContentFinding,
  type FileCheck,
  type FileFinding,
  type FileProblemState,
  NO_FILE_PROBLEMS,
} from '../model/revision.ts';
import {
  clearProblem,
  findEarlierFailure,
  recordBroken,
  recordMissing,
  restoreFailure,
} from './file-problems.ts';

/**
 * Compares what was found in the file with the active revision and with what is known about earlier contents.
 * `again`: content that has failed is tried again.
 */
export function judgeFinding(draft: DecisionDraft, finding: FileFinding, again: boolean): FileCheck {
  const found = judge(draft, finding, again);
  addLog(draft, 'debug', 'config:looked', { found: found.what });
  return found;
}

function judge(draft: DecisionDraft, finding: FileFinding, again: boolean): FileCheck {
  if (finding.what === 'broken') return reportBrokenFile(draft, finding);
  if (finding.what === 'valid') return compareWithActive(draft, finding, again);
  const { canRunSessions } = draft.state.config;
  if (finding.defaults === null || canRunSessions || !again) return reportMissingFile(draft, finding.file);
  return compareWithActive(draft, finding.defaults, again);
}

function compareWithActive(draft: DecisionDraft, found: ContentFinding, again: boolean): FileCheck {
  const { file, canRunSessions } = draft.state.config;
  const { needsHandover, content, origin, keys, last, next } = found;
  const { fingerprint } = content;
  if (keys.length === 0 && canRunSessions) return refreshActive(draft, found);
  const failed = again ? undefined : findEarlierFailure(file, fingerprint);
  if (failed) {
    setFileProblems(draft, restoreFailure(file, fingerprint, failed));
    return { what: 'unusable', why: 'failed', message: failed.message };
  }
  setFileProblems(draft, clearProblem(file));
  const how = needsHandover || !canRunSessions ? 'handover' : 'live';
  return { what: 'changed', how, content, origin, keys, last, next };
}

/** Keeps the revision but takes over the file's text, so that the next generation receives exactly that. */
function refreshActive(draft: DecisionDraft, { content, origin }: ContentFinding): FileCheck {
  const { config } = draft.state;
  const { active } = config;
  addEffect(draft, { type: 'refresh_revision', number: active.number, content });
  const refreshed = origin !== active.origin;
  updateConfig(draft, { active: { ...active, content, origin }, file: NO_FILE_PROBLEMS });
  return { what: 'same', refreshed };
}

function reportMissingFile(draft: DecisionDraft, path: string): FileCheck {
  const { active, canRunSessions, file } = draft.state.config;
  if (active.origin === 'default' && canRunSessions) {
    setFileProblems(draft, NO_FILE_PROBLEMS);
    return { what: 'same', refreshed: false };
  }
  const missing = recordMissing(file);
  if (missing !== file) addLog(draft, 'warn', 'config:gone', { file: path });
  setFileProblems(draft, missing);
  return { what: 'unusable', why: 'gone', message: 'The configuration file is gone; nothing changes.' };
}

function reportBrokenFile(draft: DecisionDraft, found: Extract<FileFinding, { what: 'broken' }>): FileCheck {
  const { content, message, problems } = found;
  const { file } = draft.state.config;
  const broken = recordBroken(file, content, { message, problems, since: draft.now.date });
  if (broken !== file) addLog(draft, 'error', 'config:broken', { problems });
  setFileProblems(draft, broken);
  return { what: 'unusable', why: 'broken', message };
}

export function setFileProblems(draft: DecisionDraft, file: FileProblemState): void {
  if (file !== draft.state.config.file) updateConfig(draft, { file });
}

export function updateConfig(draft: DecisionDraft, changed: Partial<ConfigState>): void {
  updateState(draft, { config: { ...draft.state.config, ...changed } });
}
