import { segmentOf, sessionPathOf } from './paths.ts';
import { openResponse, readTextPieces, type Transport } from './transport.ts';

/** Yields the bytes of a file of a session. */
export async function* downloadFile(
  transport: Transport,
  session: string,
  blob: string,
): AsyncGenerator<Uint8Array> {
  const path = sessionPathOf(session, `blobs/${segmentOf(blob, 'a file')}`);
  yield* (await openResponse(transport, { method: 'GET', path, headers: { accept: '*/*' } })).body;
}

/** Yields the export of a session in pieces of text; with `lines` as JSON lines. */
export async function* exportText(
  transport: Transport,
  session: string,
  lines: boolean,
): AsyncGenerator<string> {
  const headers: Record<string, string> = lines ? { accept: 'application/jsonl' } : {};
  const path = sessionPathOf(session, 'export');
  yield* readTextPieces(await openResponse(transport, { method: 'GET', path, headers }));
}
