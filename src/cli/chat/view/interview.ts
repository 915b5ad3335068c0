import type { ContentBody, FieldBody, InquiryBody } from '../../../protocol/inquiries.ts';
import { line, type Piece } from '../../../terminal/pieces/piece.ts';
import { describeField, readField } from '../../inquiries/fields.ts';

/** Form for a tool's question, which the approver fills field by field before the answer is sent. */
export class Interview {
  readonly approval: string;
  readonly content: ContentBody = {};
  readonly #all: readonly FieldBody[];
  /** Fields that are still to be filled, the current one first. */
  #due: readonly FieldBody[];

  constructor(approval: string, { fields }: InquiryBody) {
    this.approval = approval;
    this.#all = fields;
    this.#due = fields;
  }

  get done(): boolean {
    return this.#due.length === 0;
  }

  /** Renders the prompt for the current field; nothing when the form is complete. */
  prompt(): Piece[] {
    const [field] = this.#due;
    if (!field) return [];
    const skip = field.required && field.default === undefined ? '' : '; press Enter to skip';
    return [line('yellow', `  ${describeField(field)}${skip}`)];
  }

  /** Fills the current field and prompts for the next one, or again for the same one when the text does not fit. */
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

  /** Reopens a field that the daemon rejected, and keeps the others. Renders nothing for an unknown field name. */
  again(name: unknown): Piece[] {
    this.#due = this.#all.filter((field) => field.name === name);
    for (const field of this.#due) delete this.content[field.name];
    return this.prompt();
  }
}
