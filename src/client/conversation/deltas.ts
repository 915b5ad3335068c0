import type { WireDelta } from '../../protocol/events.ts';
import { addAnswerPart, isOutdated } from './answers.ts';
import { type Conversation, findEntry, replaceEntry } from './conversation.ts';
import { releaseHeld } from './notices.ts';

/** Folds a streamed part; one that is late, already there or leaves a gap returns `view` itself. */
export function addDelta(view: Conversation, delta: WireDelta): Conversation {
  if (delta.kind === 'tool_status') return setStatus(view, delta);
  if (isOutdated(view.call, delta.step, delta.attempt)) return view;
  return delta.kind === 'tool_input' ? addDraftText(view, delta) : addAnswerText(view, delta, delta.kind);
}

function addAnswerText(view: Conversation, delta: WireDelta, kind: 'text' | 'reasoning'): Conversation {
  const known = findEntry(view, 'answer', `${delta.step}.${delta.attempt}`);
  const fresh = takeFresh(known?.[kind] ?? '', delta);
  return fresh === '' ? view : addAnswerPart(startAnswering(view, delta), delta, kind, fresh);
}

/** Adds to the arguments of a call that the model is writing. */
function addDraftText(view: Conversation, delta: WireDelta): Conversation {
  const { call = '', tool = '' } = delta;
  const known = view.drafts.find((draft) => draft.call === call);
  const fresh = takeFresh(known?.text ?? '', delta);
  if (fresh === '') return view;
  const draft = { call, tool, text: (known?.text ?? '') + fresh };
  const others = view.drafts.filter((each) => each !== known);
  return { ...startAnswering(view, delta), drafts: [...others, draft] };
}

/** Replaces the status of a running call. */
function setStatus(view: Conversation, { call = '', attempt, text }: WireDelta): Conversation {
  const known = findEntry(view, 'call', call);
  if (known?.state !== 'running' || known.status === text) return view;
  return attempt < (known.started?.attempt ?? 0) ? view : replaceEntry(view, { ...known, status: text });
}

/** Reports what was held back, and notes which call and attempt is answering. */
function startAnswering(view: Conversation, { step, attempt }: WireDelta): Conversation {
  const same = view.call?.step === step && view.call.attempt === attempt;
  return {
    ...releaseHeld(view),
    call: { step, attempt, phase: 'answering' },
    drafts: same ? view.drafts : [],
  };
}

/** Returns the part of a delta that is not there yet; empty when there is none, or when something before it is missing. */
function takeFresh(known: string, { offset, text }: WireDelta): string {
  return offset > known.length ? '' : text.slice(known.length - offset);
}
