export type BodyReader = ReadableStreamDefaultReader<Uint8Array>;

/** Milliseconds to wait for the end of the connection after the finish reason has arrived. */
const LINGER_TIMEOUT = 1_000;

const END = { done: true, value: undefined } as const;

/** Reads one chunk after the finish reason; a connection that breaks or stays open counts as ended. */
export async function readBriefly(
  body: BodyReader,
): Promise<{ done: boolean; value: Uint8Array | undefined }> {
  const { promise, resolve } = Promise.withResolvers<typeof END>();
  const timer = setTimeout(() => {
    resolve(END);
    void body.cancel().catch(() => {});
  }, LINGER_TIMEOUT);
  try {
    return await Promise.race([body.read(), promise]);
  } catch {
    return END;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads and discards the rest of a body for up to one second, so that the connection can be reused. */
export function drainBody(body: BodyReader): void {
  const timer = setTimeout(() => void body.cancel().catch(() => {}), LINGER_TIMEOUT);
  timer.unref();
  const read = async () => {
    while (!(await body.read()).done);
  };
  void read()
    .catch(() => {})
    .finally(() => clearTimeout(timer));
}
