import type { Json } from '../core/model/message.ts';
import { takeHead, takeTail } from '../core/model/text.ts';
import { isRawNumber, parseLossless, unmarkText } from '../util/lossless-json.ts';

/**
 * Parses the arguments of a tool call as an object. Anything else is replaced by an empty object and a reason in
 * `invalid`, because every provider would refuse a conversation that contains it.
 */
export function parseToolInput(text: string): { input: Json; invalid?: string } {
  if (text.trim() === '') return { input: {} };
  const parsed = parseInputText(text) ?? parseInputText(omitRepeats(text));
  if (parsed === undefined) {
    return refuseInput(
      `the arguments are not valid JSON; they end with ${JSON.stringify(takeTail(text, 40))}`,
    );
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || isRawNumber(parsed)) {
    return refuseInput(`the arguments must be a JSON object, not ${takeHead(JSON.stringify(parsed), 40)}`);
  }
  return { input: parsed };
}

/** Removes repetitions: some servers send an empty object before the arguments, or send all arguments twice. */
function omitRepeats(text: string): string {
  const half = text.slice(0, text.length / 2);
  return half + half === text ? half : text.replace(/^\s*\{\s*\}(?=\s*\{)/, '');
}

function parseInputText(text: string): Json | undefined {
  try {
    return parseLossless(unmarkText(text));
  } catch {
    return undefined;
  }
}

function refuseInput(invalid: string) {
  return { input: {}, invalid };
}
