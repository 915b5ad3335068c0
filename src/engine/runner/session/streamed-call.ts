import type { AnswerPart } from '../../../models/port/model.ts';
import type { StreamPart } from '../../port/live-stream.ts';
import { type SecretPort, StreamMask } from '../../port/secrets.ts';

/** A part of the stream without its text: what all pieces of one text have in common. */
type StreamedText = { mask: StreamMask; toPart(text: string): StreamPart };

/** The parts of one model call as followers may see them, without secrets; tool calls with their ids. */
export class StreamedCall {
  readonly #step: number;
  readonly #secrets: SecretPort;
  /** The texts that have begun, in their order: answer, reasoning, and the arguments of each tool call. */
  readonly #texts = new Map<string, StreamedText>();

  constructor(step: number, secrets: SecretPort) {
    this.#step = step;
    this.#secrets = secrets;
  }

  /** Returns the part to show; undefined while its text may be the beginning of a secret. */
  toStreamPart(part: AnswerPart): StreamPart | undefined {
    const { mask, toPart } = this.#findText(part);
    const text = mask.addPiece(part.text, this.#secrets);
    return text === '' ? undefined : toPart(text);
  }

  /** Returns the parts that were kept back, because the call has ended. */
  takeRest(): StreamPart[] {
    return [...this.#texts.values()].flatMap(({ mask, toPart }) => {
      const text = mask.takeRest(this.#secrets);
      return text === '' ? [] : [toPart(text)];
    });
  }

  #findText(part: AnswerPart): StreamedText {
    const name = part.kind === 'tool_input' ? `${part.kind} ${part.position}` : part.kind;
    const known = this.#texts.get(name);
    if (known) return known;
    const made = { mask: new StreamMask(), toPart: this.#describePart(part) };
    this.#texts.set(name, made);
    return made;
  }

  #describePart(part: AnswerPart): StreamedText['toPart'] {
    if (part.kind !== 'tool_input') return (text) => ({ kind: part.kind, text });
    const { kind, position, tool } = part;
    return (text) => ({ kind, call: `${this.#step}.${position}`, tool, text });
  }
}
