import type { ContentBody, FieldBody, InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { describeField, readField } from '../../inquiries/fields.ts';

/** An answer that somebody is giving, field by field. */
export class Interview {
  readonly approval: string;
  readonly content: ContentBody = {};
  readonly #all: readonly FieldBody[];
  /** Fields that are still to be given, the one that is due first. */
  #due: readonly FieldBody[];

  constructor(approval: string, { fields }: InquiryBody) {
    this.approval = approval;
    this.#all = fields;
    this.#due = fields;
  }

  get done(): boolean {
    return this.#due.length === 0;
  }

  /** Asks for the field that is due. */
  prompt(): Piece[] {
    const [field] = this.#due;
    if (!field) return [];
    const skip = field.required && field.default === undefined ? '' : '; an empty line leaves it out';
    return [line('yellow', `  ${describeField(field)}${skip}`)];
  }

  /** Takes what was typed for that field, and asks for the next one, or for the same again. */
  take(typed: string): Piece[] {
    const [field, ...rest] = this.#due;
    if (!field) return [];
    if (typed.trim() !== '') {
      const read = readField(field, typed);
      if (typeof read === 'string') return [line('dim', `  ${read}`), ...this.prompt()];
      this.content[field.name] = read.value;
    } else if (field.required && field.default === undefined) return this.prompt();
    this.#due = rest;
    return this.prompt();
  }

  /** The daemon does not take this field; the others stay as they are. Nothing when it is none of the question's. */
  again(name: unknown): Piece[] {
    this.#due = this.#all.filter((field) => field.name === name);
    for (const field of this.#due) delete this.content[field.name];
    return this.prompt();
  }
}
