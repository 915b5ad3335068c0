import { decodeUtf8 } from '../decode-utf8.ts';

/** Bytes at the start of a file by which its type is recognised. */
export const MEDIA_TYPE_HEAD = 4_100;

const UNKNOWN = 'application/octet-stream';

/** Types of text that a sender may declare, because the bytes alone do not tell them apart. */
const TEXT_TYPE = /^(text\/[\w.+-]+|application\/(json|xml|yaml)|image\/svg\+xml)$/;

/** Types that the bytes always show; a file without their marks is not of them, whatever the sender declares. */
const PROVABLE = /^((image|audio|video|font)\/|text\/|application\/(pdf|zip|json|xml|yaml)$)/;

/**
 * Returns the type of a file as `type/subtype` and an extension for it. The bytes decide: what a sender declares counts
 * only for kinds of text and for types that no mark shows. `head` is the start of the file, `whole` says whether it is
 * all of it.
 */
export async function detectMediaType(
  head: Uint8Array,
  whole: boolean,
  declared = '',
): Promise<{ mediaType: string; extension: string }> {
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  // What is only XML may be an SVG or another kind of text.
  if (found && found.mime !== 'application/xml') return { mediaType: found.mime, extension: found.ext };
  const wanted = declared.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (isText(head, whole)) {
    const mediaType = TEXT_TYPE.test(wanted) ? wanted : 'text/plain';
    return {
      mediaType,
      extension: mediaType === 'text/plain' ? 'txt' : (mediaType.split(/[/+]/)[1] ?? 'txt'),
    };
  }
  const plausible = /^[\w.+-]+\/[\w.+-]+$/.test(wanted) && !PROVABLE.test(wanted);
  return { mediaType: plausible ? wanted : UNKNOWN, extension: 'bin' };
}

/** Checks for UTF-8 without control characters other than white space; a cut head may end within a character. */
function isText(head: Uint8Array, whole: boolean): boolean {
  const ends = whole ? [head.length] : [0, 1, 2, 3].map((cut) => head.length - cut);
  const text = ends.map((end) => decodeUtf8(head.subarray(0, end))).find((each) => each !== undefined);
  return text !== undefined && !/\p{Cc}/u.test(text.replaceAll(/\s/g, '').replaceAll('\u001b', ''));
}
