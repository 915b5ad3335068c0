import { MaskedSecretError } from '../../errors/control.ts';
import { createMask, MASK } from '../../util/mask.ts';
import { listKeys } from '../fields/keys.ts';
import { configSchema } from '../schema/schema.ts';
import { parseDocument } from '../source/jsonc.ts';
import { readBrokenPieces } from './broken-pieces.ts';
import { readSourcePieces, type SourcePiece } from './source-pieces.ts';

/** The text of a configuration together with the secrets that it is known to contain or refer to. */
export interface SourceWithSecrets {
  source: string;
  secrets: readonly string[];
}

/**
 * Returns the text in a form that may be shown: comments, order and references are kept, secrets that are written
 * out are masked, also in comments. In an invalid text, everything that may be a secret is masked.
 */
export function maskSource(of: SourceWithSecrets): string {
  return replaceAll(of.source, hiddenPieces(of));
}

/**
 * Restores the secrets of the present text where an edited one, which is valid JSON, has the mask. A mask stands for
 * the secret at the same path of the present text; in a list, only while all of its masked entries are still there,
 * because otherwise it is unclear which one was removed. Throws MaskedSecretError where a mask stands for no secret.
 */
export function unmaskSource(edited: string, present: SourceWithSecrets): string {
  if (!edited.includes(MASK)) return edited;
  const masks = groupsOf(readSourcePieces(edited, []).filter(({ text }) => text.includes(MASK)));
  const secrets = groupsOf(hiddenPieces(present));
  const lost: string[] = [];
  const restored = [...masks].flatMap(([group, pieces]) => {
    const found = restoreMasks(pieces, secrets.get(group) ?? []);
    if (!found) lost.push(pieces[0]?.where ?? group);
    return found ?? [];
  });
  if (lost.length > 0) throw new MaskedSecretError(lost);
  return replaceAll(edited, restored);
}

interface Shown extends SourcePiece {
  shown: string;
}

/** Returns the pieces of a text that are not shown as they are written. */
function hiddenPieces({ source, secrets }: SourceWithSecrets): Shown[] {
  const keys = listKeys(configSchema);
  const redact = createMask(secrets);
  const valid = parseDocument(source).problems.length === 0;
  return (valid ? readSourcePieces(source, keys) : readBrokenPieces(source, keys))
    .map((piece) => ({ ...piece, shown: redact(piece.masked) }))
    .filter(({ shown }) => shown.includes(MASK));
}

/** Groups pieces: values whose paths differ only in their indices form one group, comments another, names a third. */
function groupsOf<P extends SourcePiece>(pieces: readonly P[]): Map<string, P[]> {
  return Map.groupBy(pieces, ({ kind, where }) =>
    kind === 'value' ? `value ${where.replaceAll(/\[\d+\]/g, '[]')}` : kind,
  );
}

/** Pairs masks with the secrets they stand for; returns `undefined` when one of them stands for none. */
function restoreMasks(masks: readonly SourcePiece[], secrets: readonly Shown[]): Shown[] | undefined {
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
