import type { Socket } from 'node:net';
import { PROBLEM_TYPE } from '../../protocol/problem.ts';

/**
 * Answers bytes that are no HTTP request with a problem document. A connection whose answer is under way is
 * only closed.
 */
export function answerRaw(error: NodeJS.ErrnoException, socket: Socket, busy: boolean): void {
  if (busy || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, title, detail] = kinds[error.code ?? ''] ?? MALFORMED;
  const code = title.toLowerCase().replaceAll(' ', '_');
  const body = JSON.stringify({ type: `urn:midturn:${code}`, title, status, detail, code });
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

type Kind = readonly [status: number, title: string, detail: string];

const MALFORMED: Kind = [400, 'Malformed request', 'The bytes are not an HTTP/1.1 request.'];

const kinds: Record<string, Kind> = {
  HPE_HEADER_OVERFLOW: [431, 'Headers too large', 'The request line and headers have more than 16 KiB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'Body too large', 'The chunk extensions have more than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request timeout', 'The request did not arrive in time.'],
};
