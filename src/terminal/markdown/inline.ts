import type { Paint } from '../style.ts';
import type { LineKind } from './line.ts';

/** Matches a Markdown marker that may start or end emphasis or inline code. */
const MARKER = /(`+|\*{1,3}|_{1,3})/;

/**
 * Formatter for emphasis and code within lines. It removes markers and draws their text in style. A marker that neither
 * starts nor ends a style, such as in `2 * 3` and `snake_case`, stays. Open styles end with the paragraph.
 */
export class InlineFormatter {
  readonly #paint: Paint;
  readonly #open = new Set<string>();
  #heading = false;

  constructor(paint: Paint) {
    this.#paint = paint;
  }

  startLine({ kind }: LineKind): void {
    this.#heading = kind === 'heading';
  }

  reset(): void {
    this.#open.clear();
  }

  /** Draws one word in the styles that are open; inline code and emphasis may continue in the next word. */
  drawWord(word: string): string {
    const pieces = word.split(MARKER);
    return pieces
      .map((piece, index) => {
        if (piece === '') return '';
        const isMarker = index % 2 === 1;
        const around = { before: pieces[index - 1] ?? '', after: pieces[index + 1] ?? '' };
        return isMarker && this.#togglesStyle(piece, around) ? '' : this.#applyStyles(piece);
      })
      .join('');
  }

  #togglesStyle(marker: string, { before, after }: { before: string; after: string }): boolean {
    if (this.#open.has(marker)) return this.#endsStyle(marker, { before, after });
    const code = [...this.#open].some((each) => each.startsWith('`'));
    if (code) return false;
    const begins = marker.startsWith('`') || (after !== '' && !/[\p{L}\p{N}]$/u.test(before));
    if (begins) this.#open.add(marker);
    return begins;
  }

  #endsStyle(marker: string, { before, after }: { before: string; after: string }): boolean {
    const ends =
      marker.startsWith('`') || (before !== '' && !(marker.startsWith('_') && /^[\p{L}\p{N}]/u.test(after)));
    if (ends) this.#open.delete(marker);
    return ends;
  }

  #applyStyles(text: string): string {
    let drawn = this.#heading ? this.#paint('bold', text) : text;
    for (const marker of this.#open) {
      if (marker.startsWith('`')) drawn = this.#paint('cyan', drawn);
      else if (marker.length !== 1) drawn = this.#paint('bold', drawn);
      if (!marker.startsWith('`') && marker.length !== 2) drawn = this.#paint('italic', drawn);
    }
    return drawn;
  }
}
