import type { QuestionEntry } from '../../../client/conversation/entries.ts';
import type { ContentBody, FieldBody, InquiryBody } from '../../../protocol/inquiries.ts';
import { makeLine, type OutputPiece } from '../../../terminal/pieces/piece.ts';
import { describeField, parseFieldValue } from '../../inquiries/fields.ts';

/** Form for a tool's question, which the approver fills field by field before the answer is sent. */
export class ElicitationForm {
  readonly question: QuestionEntry;
  readonly content: ContentBody = {};
  readonly #all: readonly FieldBody[];
  /** Fields that are still to be filled, the current one first. */
  #due: readonly FieldBody[];

  constructor(question: QuestionEntry, { fields }: InquiryBody) {
    this.question = question;
    this.#all = fields;
    this.#due = fields;
  }

  get isComplete(): boolean {
    return this.#due.length === 0;
  }

  /** Renders the prompt for the current field; nothing when the form is complete. */
  promptField(): OutputPiece[] {
    const [field] = this.#due;
    if (!field) return [];
    const skip = field.required && field.default === undefined ? '' : '; press Enter to skip';
    return [makeLine('yellow', `  ${describeField(field)}${skip}`)];
  }

  /** Fills the current field and prompts for the next one, or again for the same one when the text does not fit. */
  acceptInput(typed: string): OutputPiece[] {
    const [field, ...rest] = this.#due;
    if (!field) return [];
    if (typed.trim() !== '') {
      const read = parseFieldValue(field, typed);
      if (typeof read === 'string') return [makeLine('dim', `  ${read}`), ...this.promptField()];
      this.content[field.name] = read.value;
    } else if (field.required && field.default === undefined) return this.promptField();
    this.#due = rest;
    return this.promptField();
  }

  /** Reopens a field that the daemon rejected, and keeps the others. Renders nothing for an unknown field name. */
  reopenField(name: unknown): OutputPiece[] {
    this.#due = this.#all.filter((field) => field.name === name);
    for (const field of this.#due) delete this.content[field.name];
    return this.promptField();
  }
}
