import { visit } from 'jsonc-parser';
import { MASK } from '../../util/mask.ts';
import type { ConfigKey } from '../fields/keys.ts';
import { formatConfigPath } from '../fields/problems.ts';
import { getLiteralPart } from './references.ts';
import { CREDENTIAL_NAME, mustBeMasked } from './secrets.ts';

/** A part of a configuration's text that may contain a secret, with its position. */
export interface SourcePiece {
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
export function readSourcePieces(source: string, keys: readonly ConfigKey[]): SourcePiece[] {
  const pieces: SourcePiece[] = [];
  const add = (kind: SourcePiece['kind'], where: string, offset: number, length: number, masked?: string) => {
    const text = source.slice(offset, offset + length);
    pieces.push({ kind, where, offset, length, text, masked: masked ?? text });
  };
  visit(
    source,
    {
      onLiteralValue: (value, offset, length, _line, _character, path) => {
        if (typeof value !== 'string') return;
        const hidden = mustBeMasked(value, path(), keys);
        add('value', formatConfigPath(path()), offset, length, hidden ? QUOTED_MASK : undefined);
      },
      onObjectProperty: (_name, offset, length) => add('name', 'a name', offset, length),
      onComment: (offset, length) => {
        const masked = maskCredentials(source.slice(offset, offset + length));
        add('comment', 'a comment', offset, length, masked);
      },
    },
    { allowTrailingComma: true, allowEmptyContent: true },
  );
  return pieces;
}

export const QUOTED_MASK = JSON.stringify(MASK);

export function isCredentialName(segment: PropertyKey): boolean {
  return typeof segment === 'string' && CREDENTIAL_NAME.test(segment);
}

/**
 * Masks credentials in a comment: values after a name that sounds secret, as in commented-out lines (`"apiKey":
 * "…"`, `token=…`), and words that look like a key.
 */
export function maskCredentials(comment: string): string {
  return comment
    .replaceAll(ASSIGNMENT, (match, name: string, value: string) =>
      isCredentialName(name) && getLiteralPart(value).replaceAll(/["'[\],\s]/g, '') !== ''
        ? match.slice(0, match.length - value.length) + MASK
        : match,
    )
    .replaceAll(/[A-Za-z0-9_-]{20,}/g, (word) => (/\d/.test(word) && /[A-Za-z]/.test(word) ? MASK : word));
}

const ASSIGNMENT = /([\w.-]+)["']?\s*[:=]\s*(\[[^\]]*\]|"[^"]*"|'[^']*'|[^\s,;}"'[]{8,})/g;
