import type { AnswerPart } from '../../../models/port/model.ts';
import type { StreamPart } from '../../port/live-stream.ts';
import { type SecretPort, StreamMask } from '../../port/secrets.ts';

/** The parts of one model call as followers may see them: tool calls with their ids, arguments without secrets. */
export class StreamedCall {
  readonly #step: number;
  readonly #secrets: SecretPort;
  /** One mask for the arguments of each tool call, by its position. */
  readonly #masks = new Map<number, StreamMask>();

  constructor(step: number, secrets: SecretPort) {
    this.#step = step;
    this.#secrets = secrets;
  }

  /** Returns the part to show; undefined while it may end within a secret. */
  toStreamPart(part: AnswerPart): StreamPart | undefined {
    if (part.kind !== 'tool_input') return part;
    const { kind, position, tool } = part;
    const mask = this.#masks.get(position) ?? new StreamMask();
    this.#masks.set(position, mask);
    const text = mask.addPiece(part.text, this.#secrets);
    return text === '' ? undefined : { kind, call: `${this.#step}.${position}`, tool, text };
  }
}
