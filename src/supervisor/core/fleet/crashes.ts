import {
  computeStartDelay,
  NO_CRASHES,
  recordCrash,
  recordOutage,
  recordRefusal,
} from '../model/crash-policy.ts';
import { addLog, type DecisionDraft, updateState } from '../model/draft.ts';
import type { GenerationEnd } from '../model/state.ts';

/** Records a generation that ended without having been told to, for pauses and rescue mode. */
export function recordExit(draft: DecisionDraft, { end, served, store }: GenerationEnd): void {
  const { settings, crashes } = draft.state;
  const before = crashes.record;
  const record =
    store === 'unavailable'
      ? recordOutage(before)
      : store === 'unusable'
        ? recordRefusal(before)
        : recordCrash(before, served, settings.crashPolicy);
  updateState(draft, { crashes: { record, lastEnd: end } });
  const nextIn = computeStartDelay(record, settings.crashPolicy);
  if (store === 'unavailable') {
    addLog(draft, 'error', 'journal:unavailable', { end, nextIn });
    return;
  }
  const { quick: quickCrashes, rescue } = record;
  addLog(draft, 'error', 'generation:crashed', { end, served, quickCrashes, nextIn });
  if (rescue && !before.rescue) addLog(draft, 'error', 'supervisor:rescue', { quickCrashes });
}

/** Clears the history, because a request or a changed configuration gives the next attempt a better chance. */
export function clearCrashHistory(draft: DecisionDraft): void {
  updateState(draft, { crashes: { ...draft.state.crashes, record: NO_CRASHES } });
}
