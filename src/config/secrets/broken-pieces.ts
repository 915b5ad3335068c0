import { createScanner } from 'jsonc-parser';
import { MASK } from '../../util/mask.ts';
import type { ConfigKey } from '../fields/keys.ts';
import { formatConfigPath } from '../fields/problems.ts';
import { getLiteralPart } from './references.ts';
import { mustBeMasked } from './secrets.ts';
import { isCredentialName, maskCredentials, QUOTED_MASK, type SourcePiece } from './source-pieces.ts';

/** Token kinds of the scanner; its own enumeration exists at compile time only. */
const KIND = { string: 10, lineComment: 12, blockComment: 13, unknown: 16, end: 17 };
/** Maximum number of path levels that are tracked; a valid file has no more. */
const DEPTH = 64;

interface Token {
  kind: number;
  offset: number;
  text: string;
}

/**
 * Reads the pieces of an invalid text token by token, because a parser skips what it cannot make sense of. In doubt
 * a piece counts as secret: a string below or behind any name that sounds like a credential, and anything that is
 * not JSON.
 */
export function readBrokenPieces(source: string, keys: readonly ConfigKey[]): SourcePiece[] {
  const surroundings = new TokenContext();
  return [...tokensOf(source)].flatMap(({ kind, offset, text }): SourcePiece[] => {
    const piece = { offset, length: text.length, text };
    if (kind === KIND.unknown) return [{ ...piece, kind: 'other', where: 'a word', masked: MASK }];
    if (kind === KIND.lineComment || kind === KIND.blockComment) {
      return [{ ...piece, kind: 'comment', where: 'a comment', masked: maskCredentials(text) }];
    }
    if (kind !== KIND.string) {
      surroundings.readBracket(text);
      return [];
    }
    const word = text.replaceAll(/^"|"$/g, '');
    if (isName(source, offset + text.length)) {
      surroundings.readName(word);
      return [{ ...piece, kind: 'name', where: 'a name', masked: text }];
    }
    const { path, suspicious } = surroundings.readValue(word);
    const hidden = getLiteralPart(word) !== '' && (suspicious || mustBeMasked(word, path, keys));
    return [{ ...piece, kind: 'value', where: formatConfigPath(path), masked: hidden ? QUOTED_MASK : text }];
  });
}

/** Tracks the path of a token in a broken text, as far as brackets and names show it. */
class TokenContext {
  readonly #frames: { name: string | undefined; list: boolean }[] = [];
  #name: string | undefined;
  #before = '';

  readBracket(text: string): void {
    if (text === '{' || text === '[') this.#frames.push({ name: this.#name, list: text === '[' });
    else if (text === '}' || text === ']') this.#frames.pop();
    else return;
    this.#name = undefined;
  }

  readName(word: string): void {
    this.#name = word;
    this.#before = word;
  }

  readValue(word: string): { path: PropertyKey[]; suspicious: boolean } {
    const path: PropertyKey[] = this.#frames.slice(-DEPTH).flatMap(({ name, list }) => {
      return [...(name === undefined ? [] : [name]), ...(list ? [0] : [])];
    });
    if (this.#name !== undefined) path.push(this.#name);
    const suspicious = [...path, this.#before].some(isCredentialName);
    // What follows a secret is not called like it.
    this.#before = suspicious ? '' : word;
    return { path, suspicious };
  }
}

function* tokensOf(source: string): Generator<Token> {
  const scanner = createScanner(source, false);
  // At the end the token may have a length: a comment that is not closed counts as longer than the text.
  for (let kind: number = scanner.scan(); kind !== KIND.end; kind = scanner.scan()) {
    const offset = scanner.getTokenOffset();
    yield { kind, offset, text: source.slice(offset, offset + scanner.getTokenLength()) };
  }
}

function isName(source: string, end: number): boolean {
  return /^\s*:/.test(source.slice(end, end + 200));
}
