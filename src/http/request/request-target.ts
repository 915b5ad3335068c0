import { InvalidRequestError, type RequestFault } from '../../errors/http.ts';

/**
 * Refuses a request target that could reach another resource than the client named. `raw` is the target as it
 * was sent, `undefined` when unknown; `path` and `search` belong to the parsed URL. Throws
 * InvalidRequestError:
 * 1. Bytes that are not percent-encoded. Example: `/v1/sessions/é`, which the parser would read as two
 *    characters.
 * 2. Empty or relative segments. Example: `/v1/sessions/%2e%2e`, which URL parsers resolve.
 * 3. Percent-encoding that is not UTF-8. Example: `/v1/sessions/%ff`.
 */
export function checkTarget(raw: string | undefined, path: string, search: string): void {
  // The parser reads such bytes as Latin-1, so "é" in UTF-8 would become a different id of two characters.
  if (/[^\x21-\x7e]/.test(raw ?? ''))
    throw refuseTarget('path', 'it has characters that are not percent-encoded');
  checkSegments(raw ?? path);
  if (!isDecodable(path)) throw refuseTarget('path', 'it is not percent-encoded UTF-8');
  if (!isDecodable(search)) throw refuseTarget('query', 'it is not percent-encoded UTF-8');
}

/**
 * Refuses `.` and `..` in any encoding, because URL parsers resolve them, and empty segments, because no id
 * is empty.
 */
function checkSegments(target: string): void {
  const [path = ''] = target.replace(/^[a-z]+:\/\/[^/]*/i, '').split('?');
  if (!path.startsWith('/v1/')) return;
  const segments = path.slice('/v1/'.length).split('/');
  const isRelative = segments.some((segment) => RELATIVE.test(segment));
  const isEmpty = segments.slice(0, -1).includes('');
  if (!isRelative && !isEmpty) return;
  const what = isRelative ? '"." or ".." as a segment' : 'an empty segment';
  throw refuseTarget('path', `it has ${what}, and neither a session nor anything else can have such an id`);
}

const RELATIVE = /^(?:\.|%2e){1,2}$/i;

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function refuseTarget(where: RequestFault['where'], problem: string): InvalidRequestError {
  return new InvalidRequestError([{ where, field: '', problem }]);
}
