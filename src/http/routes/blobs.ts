import { z } from 'zod';
import { InvalidRequestError } from '../../errors/http.ts';
import { storedFile } from '../../protocol/content.ts';
import { labelField } from '../../protocol/fields.ts';
import { checkEncoding } from '../request/body.ts';
import { omitUndefined } from '../request/omit-undefined.ts';
import { declareRoute } from '../request/route-facts.ts';
import { jsonContent, problemResponses, type RouteContext, sessionPath } from './shared.ts';

export function blobRoutes({ app }: RouteContext): void {
  app.openapi(uploadRoute, async (c) => {
    const { name } = c.req.valid('query');
    checkEncoding(c.req.header('content-encoding'));
    const mediaType = readType(c.req.header('content-type'));
    const data = readBody(c.req.raw.body);
    const { id, ...about } = await c.get('sessions').storeFile(omitUndefined({ data, name, mediaType }));
    return c.json({ blob: id, ...about }, 201);
  });

  app.openapi(downloadRoute, async (c) => {
    const { session, blob } = c.req.valid('param');
    const file = await c.get('sessions').openFile(session, blob);
    const headers = {
      'content-type': file.mediaType.startsWith('text/')
        ? `${file.mediaType}; charset=utf-8`
        : file.mediaType,
      'content-length': String(file.bytes),
      'content-disposition': `attachment; filename*=UTF-8''${encodeName(file.name || 'file')}`,
      // A browser must neither guess another type nor run what a model or a stranger has sent.
      'x-content-type-options': 'nosniff',
      'content-security-policy': "sandbox; default-src 'none'",
      'cache-control': 'private, max-age=3600',
      ...(file.sha256 === null ? {} : { etag: `"${file.sha256}"` }),
    };
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    return c.body(toStream(file.read()), 200, headers);
  });
}

/** Returns the declared type; undefined for the one that curl sends when it is told nothing else. */
function readType(type: string | undefined): string | undefined {
  const essence = type?.split(';', 1)[0]?.trim().toLowerCase();
  if (essence?.startsWith('multipart/')) {
    const problem = 'send the bytes of the file alone, not a form';
    throw new InvalidRequestError([{ where: 'header', field: 'content-type', problem }]);
  }
  return essence === 'application/x-www-form-urlencoded' ? undefined : essence;
}

async function* readBody(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  try {
    if (body) yield* body;
  } catch (cause) {
    throw new InvalidRequestError([{ where: 'body', field: '', problem: 'it ended early' }], { cause });
  }
}

/** Encodes a file name for a header (RFC 8187). */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}

function toStream(pieces: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await source.return?.(undefined)),
    },
    { highWaterMark: 0 },
  );
}

const uploadRoute = declareRoute({
  'x-access': 'write',
  'x-about': 'sessions',
  'x-body-limit': 'file',
  method: 'post',
  path: '/v1/blobs',
  operationId: 'uploadFile',
  summary: 'Upload a file',
  description:
    'Stores the body as a file, for messages to refer to, and answers 201 once it is on disk. The bytes decide about the media type; the content type of the request counts only where they show none. 413 `attachment_too_large` above `limits.attachment`. A file that no message refers to is removed after a day.',
  request: {
    query: z.strictObject({
      name: labelField(1000)
        .optional()
        .meta({ description: 'File name; folders and control characters are removed.' }),
    }),
    body: {
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
      required: true,
    },
  },
  responses: { 201: jsonContent('The file is on disk.', storedFile), ...problemResponses },
});

const downloadRoute = declareRoute({
  'x-access': 'read',
  'x-about': 'sessions',
  method: 'get',
  path: '/v1/sessions/{session}/blobs/{blob}',
  operationId: 'downloadFile',
  summary: 'Download a file of a session',
  description:
    'Answers with the bytes of a file that a message, a tool result or an answer of the session refers to, always as an attachment. Also the whole output of a tool call that was shortened, by the id in its event.',
  request: { params: sessionPath.extend({ blob: z.string().min(1).max(128) }) },
  responses: {
    200: {
      description: 'The bytes of the file.',
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
    ...problemResponses,
  },
});
