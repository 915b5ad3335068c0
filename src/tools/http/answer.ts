import type { HttpResponse } from './request.ts';

/** Describes responses to the model. Only these headers are shown, because the others would be noise in a prompt. */
const SHOWN_HEADERS = [
  'content-type',
  'location',
  'etag',
  'last-modified',
  'retry-after',
  'link',
  'www-authenticate',
];

const TEXT =
  /^(text\/|application\/(.*\+)?(json|xml|yaml)|application\/(x-)?(javascript|ndjson|www-form-urlencoded|sql|toml|graphql))/;

/**
 * Returns what the model sees of a response, whatever its status: status line, selected headers and the body as
 * text.
 */
export function describeResponse(answer: HttpResponse, maxBytes: number): string {
  const { url, status, statusText, headers, cut } = answer;
  const lines = [`${status} ${statusText} (${url.href})`];
  for (const name of SHOWN_HEADERS) if (headers[name] !== undefined) lines.push(`${name}: ${headers[name]}`);
  const note = cut ? `\n[the body is longer than ${maxBytes} bytes and was cut]` : '';
  return `${lines.join('\n')}\n\n${describeBody(answer)}${note}`;
}

function describeBody({ headers, body, cut }: HttpResponse): string {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return '[no body]';
  const text = decodeBody(
    body,
    /charset="?([^";]+)/i.exec(type)?.[1] ?? 'utf-8',
    TEXT.test(type.toLowerCase()),
  );
  if (text !== undefined) return text;
  const length = headers['content-length'] ?? (cut ? `more than ${body.length}` : body.length);
  return `[the body is not text: ${type || 'no type given'}, ${length} bytes]`;
}

/**
 * Decodes a body as text; `undefined` when it is not text. A body with a text type may contain invalid
 * characters; any other body must be valid text. A character that was cut off at the end is left out.
 */
function decodeBody(body: Buffer, charset: string, isText: boolean): string | undefined {
  if (!isText && body.includes(0)) return undefined;
  try {
    return new TextDecoder(charset, { fatal: !isText }).decode(body, { stream: true });
  } catch {
    return isText ? body.toString('utf8') : undefined;
  }
}
