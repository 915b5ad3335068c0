export type Body = ReadableStreamDefaultReader<Uint8Array>;

/** Milliseconds that an answer waits for the end of its connection after its last word. */
const LINGER = 1_000;

const END = { done: true, value: undefined } as const;

/** Reads once after the last word; a connection that breaks or stays open is at its end. */
export async function readWithin(body: Body): Promise<{ done: boolean; value: Uint8Array | undefined }> {
  const { promise, resolve } = Promise.withResolvers<typeof END>();
  const timer = setTimeout(() => {
    resolve(END);
    void body.cancel().catch(() => {});
  }, LINGER);
  try {
    return await Promise.race([body.read(), promise]);
  } catch {
    return END;
  } finally {
    clearTimeout(timer);
  }
}

/** Reads the rest for nothing, for a moment, so that the connection can be used again. */
export function drain(body: Body): void {
  const timer = setTimeout(() => void body.cancel().catch(() => {}), LINGER);
  timer.unref();
  const read = async () => {
    while (!(await body.read()).done);
  };
  void read()
    .catch(() => {})
    .finally(() => clearTimeout(timer));
}
