import { visit } from 'jsonc-parser';
import { MASK } from '../../util/mask.ts';
import type { Key } from '../fields/keys.ts';
import { pathText } from '../fields/problems.ts';
import { literalPart } from './references.ts';
import { CREDENTIAL, isMasked } from './secrets.ts';

/** A part of a configuration's text that may contain a secret, with its position. */
export interface Piece {
  kind: 'value' | 'name' | 'comment' | 'other';
  /** Where the piece is, for messages: the path of a value, or words such as `a comment`. */
  where: string;
  offset: number;
  length: number;
  text: string;
  /** `text` with everything masked that its position or its form reveals as a secret. */
  masked: string;
}

/** Returns every string, name and comment of a valid text, in the order of the text. */
export function readPieces(source: string, keys: readonly Key[]): Piece[] {
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], where: string, offset: number, length: number, masked?: string) => {
    const text = source.slice(offset, offset + length);
    pieces.push({ kind, where, offset, length, text, masked: masked ?? text });
  };
  visit(
    source,
    {
      onLiteralValue: (value, offset, length, _line, _character, path) => {
        if (typeof value !== 'string') return;
        const hidden = isMasked(value, path(), keys);
        add('value', pathText(path()), offset, length, hidden ? QUOTED_MASK : undefined);
      },
      onObjectProperty: (_name, offset, length) => add('name', 'a name', offset, length),
      onComment: (offset, length) => {
        const masked = withoutCredentials(source.slice(offset, offset + length));
        add('comment', 'a comment', offset, length, masked);
      },
    },
    { allowTrailingComma: true, allowEmptyContent: true },
  );
  return pieces;
}

export const QUOTED_MASK = JSON.stringify(MASK);

export function isCredential(segment: PropertyKey): boolean {
  return typeof segment === 'string' && CREDENTIAL.test(segment);
}

/**
 * Masks credentials in a comment: values after a name that sounds secret, as in commented-out lines (`"apiKey":
 * "…"`, `token=…`), and words that look like a key.
 */
export function withoutCredentials(comment: string): string {
  return comment
    .replaceAll(ASSIGNMENT, (match, name: string, value: string) =>
      isCredential(name) && literalPart(value).replaceAll(/["'[\],\s]/g, '') !== ''
        ? match.slice(0, match.length - value.length) + MASK
        : match,
    )
    .replaceAll(/[A-Za-z0-9_-]{20,}/g, (word) => (/\d/.test(word) && /[A-Za-z]/.test(word) ? MASK : word));
}

const ASSIGNMENT = /([\w.-]+)["']?\s*[:=]\s*(\[[^\]]*\]|"[^"]*"|'[^']*'|[^\s,;}"'[]{8,})/g;
