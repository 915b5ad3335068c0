import type { AssistantPart, Content, Json, ToolOutput } from '../../core/model/message.ts';
import { mapJson, parseLossless } from '../../util/lossless-json.ts';
import { hasSealedSecret } from '../../util/mask.ts';

/**
 * Keeps configured secrets out of journals and prompts. Tool outputs are masked. Call arguments are sealed:
 * wherever they are stored, shown or sent, a name stands in for the secret; only the tool receives the secret
 * itself.
 */
export interface SecretPort {
  /** Replaces each secret in the text by a mask; this cannot be undone. */
  hide(text: string): string;
  /** Returns the length of the longest text that `hide` replaces. */
  longest(): number;
  /** Seals the text: replaces each secret by a name for it. The next method reverses this. */
  close(text: string): string;
  open(text: string): string;
}

/** Secret port without secrets: returns every text unchanged. */
export const NO_SECRETS: SecretPort = {
  hide: (text) => text,
  longest: () => 0,
  close: (text) => text,
  open: (text) => text,
};

/**
 * Masks secrets in a text that arrives in pieces. It keeps back as many characters as the longest secret has, so
 * that no part of a secret is shown before the whole secret is known.
 */
export class StreamMask {
  #kept = '';

  /** Adds a piece, and returns the masked text that can be shown now; empty when none can. */
  addPiece(piece: string, { hide, longest }: SecretPort): string {
    const text = this.#kept + piece;
    const end = text.length - longest();
    const [shown, kept] = end > 0 ? [text.slice(0, end), text.slice(end)] : ['', text];
    // A secret across the end is masked in the whole text only; then the next piece decides.
    const clean = hide(shown) + hide(kept) === hide(text);
    this.#kept = clean ? kept : text;
    return clean ? hide(shown) : '';
  }
}

/**
 * Masks a tool's output so that it may be stored and sent. JSON that is no longer valid after masking becomes
 * text.
 */
export function maskOutput(output: ToolOutput, { hide }: SecretPort): ToolOutput {
  if (output.type === 'json') return maskJson(output.value, hide);
  if (output.type === 'execution-denied') {
    return output.reason === undefined ? output : { ...output, reason: hide(output.reason) };
  }
  if (output.type === 'content') return { ...output, value: maskContent(output.value, hide) };
  return { ...output, value: hide(output.value) };
}

function maskContent(content: Content, hide: (text: string) => string): Content {
  return content.map((part) => (part.type === 'text' ? { ...part, text: hide(part.text) } : part));
}

function maskJson(value: Json, hide: (text: string) => string): ToolOutput {
  const json = JSON.stringify(value);
  const hidden = hide(json);
  if (hidden === json) return { type: 'json', value };
  try {
    return { type: 'json', value: parseLossless(hidden) };
  } catch {
    return { type: 'text', value: hidden };
  }
}

/** Seals the arguments of the tool calls in a model's answer, so that the answer may be stored. */
export function sealCalls(content: AssistantPart[], { close, hide }: SecretPort): AssistantPart[] {
  return content.map((part) => {
    if (part.type !== 'tool-call') return part;
    const { invalid } = part;
    return {
      ...part,
      input: mapJson(part.input, close),
      ...(invalid === undefined ? {} : { invalid: hide(invalid) }),
    };
  });
}

/** Returns the arguments of a call with their secrets, as the model gave them. */
export function unsealInput(input: Json, { open }: SecretPort): Json {
  return mapJson(input, open);
}

/** Checks whether unsealed arguments still name a secret, which is then no longer in the configuration. */
export function namesMissingSecret(input: Json): boolean {
  return hasSealedSecret(JSON.stringify(input) ?? '');
}
