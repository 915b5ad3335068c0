import type { FileProblem } from '../../ipc/messages.ts';
import { type FileProblemState, NO_FILE_PROBLEMS } from '../model/revision.ts';

/**
 * Number of failed contents that are remembered; beyond it the oldest one is forgotten and would be tried again.
 */
const MAX_FAILED_CONTENTS = 50;

/** Records that the file is broken. Returns the same state when this content is already known to be broken. */
export function recordBroken(
  state: FileProblemState,
  content: string,
  problem: FileProblem,
): FileProblemState {
  if (state.content === content) return state;
  return { ...state, content, problem, isMissing: false };
}

/** Records that the file is missing. Returns the same state when that is already known. */
export function recordMissing(state: FileProblemState): FileProblemState {
  return state.isMissing ? state : { ...NO_FILE_PROBLEMS, failed: state.failed, isMissing: true };
}

/** Records that this content was tried and failed. The same content is not retried automatically. */
export function recordFailed(
  state: FileProblemState,
  content: string,
  problem: FileProblem,
): FileProblemState {
  const others = state.failed.filter((each) => each.content !== content);
  const failed = [...others, { content, problem }].slice(-MAX_FAILED_CONTENTS);
  return { ...state, content, problem, failed };
}

/** Returns how this content failed when it was tried, or undefined when it did not. */
export function findEarlierFailure({ failed }: FileProblemState, content: string): FileProblem | undefined {
  return failed.find((each) => each.content === content)?.problem;
}

/** Makes an earlier failure the problem again, because the file was broken or missing in the meantime. */
export function restoreFailure(
  state: FileProblemState,
  content: string,
  problem: FileProblem,
): FileProblemState {
  if (!state.isMissing && state.content === content) return state;
  return { ...state, content, problem, isMissing: false };
}

/**
 * Clears the current problem, because the file has content that is still to be tried. Remembered failures are
 * kept.
 */
export function clearProblem(state: FileProblemState): FileProblemState {
  if (state.problem === null && state.content === null && !state.isMissing) return state;
  return { ...NO_FILE_PROBLEMS, failed: state.failed };
}

/** Clears the problem of a failed content, because another content of the file has become active. */
export function clearSuperseded(state: FileProblemState): FileProblemState {
  const isFailed = state.content !== null && findEarlierFailure(state, state.content) !== undefined;
  return isFailed ? clearProblem(state) : state;
}
