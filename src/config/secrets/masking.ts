import { MaskedSecretError } from '../../errors/control.ts';
import { createMask, MASK } from '../../util/mask.ts';
import { listKeys } from '../fields/keys.ts';
import { configSchema } from '../schema/schema.ts';
import { parseDocument } from '../source/jsonc.ts';
import { readBrokenPieces } from './broken-pieces.ts';
import { type Piece, readPieces } from './source-pieces.ts';

/** A configuration's text with the secrets that it was found to stand for. */
export interface SecretSource {
  source: string;
  secrets: readonly string[];
}

/**
 * The text as it may be shown: comments, order and references as they are, secrets that are written out masked, in
 * comments too. Of a text that is not valid, whatever may be a secret is masked.
 */
export function maskSource(of: SecretSource): string {
  return replaceAll(of.source, hiddenPieces(of));
}

/**
 * Puts the secrets of the present text back where an edited one, which is JSON, has the mask. A mask means the secret that the
 * present text has at the same path; in a list, only while all of its masked entries are still there, since nobody
 * can tell which one is gone. Throws MaskedSecretError where it means nothing.
 */
export function unmaskSource(edited: string, present: SecretSource): string {
  if (!edited.includes(MASK)) return edited;
  const masks = groupsOf(readPieces(edited, []).filter(({ text }) => text.includes(MASK)));
  const secrets = groupsOf(hiddenPieces(present));
  const lost: string[] = [];
  const restored = [...masks].flatMap(([group, pieces]) => {
    const found = restore(pieces, secrets.get(group) ?? []);
    if (!found) lost.push(pieces[0]?.where ?? group);
    return found ?? [];
  });
  if (lost.length > 0) throw new MaskedSecretError(lost);
  return replaceAll(edited, restored);
}

interface Shown extends Piece {
  shown: string;
}

/** What of a text is not shown as it is. */
function hiddenPieces({ source, secrets }: SecretSource): Shown[] {
  const keys = listKeys(configSchema);
  const redact = createMask(secrets);
  const valid = parseDocument(source).problems.length === 0;
  return (valid ? readPieces(source, keys) : readBrokenPieces(source, keys))
    .map((piece) => ({ ...piece, shown: redact(piece.masked) }))
    .filter(({ shown }) => shown.includes(MASK));
}

/** Values belong together when their paths differ in indices only; comments and names all do. */
function groupsOf<P extends Piece>(pieces: readonly P[]): Map<string, P[]> {
  return Map.groupBy(pieces, ({ kind, where }) =>
    kind === 'value' ? `value ${where.replaceAll(/\[\d+\]/g, '[]')}` : kind,
  );
}

/** `undefined` when one of the masks means nothing. */
function restore(masks: readonly Piece[], secrets: readonly Shown[]): Shown[] | undefined {
  const inPlace = masks[0]?.kind === 'value';
  if (inPlace && masks.length !== secrets.length) return undefined;
  const left = [...secrets];
  const found = masks.flatMap((mask) => {
    const index = inPlace ? 0 : left.findIndex(({ shown }) => shown === mask.text);
    const [secret] = index < 0 ? [] : left.splice(index, 1);
    return secret?.shown === mask.text ? [{ ...mask, shown: secret.text }] : [];
  });
  return found.length === masks.length ? found : undefined;
}

function replaceAll(text: string, pieces: readonly Shown[]): string {
  let result = '';
  let position = 0;
  for (const { offset, length, shown } of [...pieces].sort((a, b) => a.offset - b.offset)) {
    result += text.slice(position, offset) + shown;
    position = offset + length;
  }
  return result + text.slice(position);
}
