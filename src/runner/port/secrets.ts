import type { AssistantPart, Json, ToolOutput } from '../../core/model/message.ts';
import { mapJson, parseLossless } from '../../util/lossless-json.ts';
import { hasSealedSecret } from '../../util/mask.ts';

/**
 * Keeps secrets of the configuration out of journals and prompts. Outputs of tools are masked. Arguments are sealed: a
 * name takes the place of the secret wherever they are stored, shown or sent, and the tool is given the secret.
 */
export interface SecretPort {
  /** Masks secrets. */
  hide(text: string): string;
  /** Puts names in the place of secrets; `open` does the reverse. */
  close(text: string): string;
  open(text: string): string;
}

/** For sessions that meet no secrets. */
export const NO_SECRETS: SecretPort = { hide: (text) => text, close: (text) => text, open: (text) => text };

/** The output as it may be stored and sent; JSON that is none without its secret becomes text. */
export function hideOutput(output: ToolOutput, { hide }: SecretPort): ToolOutput {
  if (output.type === 'json') return hideJson(output.value, hide);
  if (output.type === 'execution-denied') {
    return output.reason === undefined ? output : { ...output, reason: hide(output.reason) };
  }
  return { ...output, value: hide(output.value) };
}

function hideJson(value: Json, hide: (text: string) => string): ToolOutput {
  const json = JSON.stringify(value);
  const hidden = hide(json);
  if (hidden === json) return { type: 'json', value };
  try {
    return { type: 'json', value: parseLossless(hidden) };
  } catch {
    return { type: 'text', value: hidden };
  }
}

/** An answer whose calls may be stored. */
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

/** The arguments as the model gave them. */
export function openInput(input: Json, { open }: SecretPort): Json {
  return mapJson(input, open);
}

/** Whether arguments that were opened still name a secret, which then is no longer in the configuration. */
export function lacksSecret(input: Json): boolean {
  return hasSealedSecret(JSON.stringify(input) ?? '');
}
