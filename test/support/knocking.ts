import { request } from 'node:http';

/** Asks again and again, a new connection each time; resolves with every answer. */
export async function requestRepeatedly(place: object, over: AbortSignal): Promise<string[]> {
  const answers: string[] = [];
  while (!over.aborted) answers.push(await requestHealth(place));
  return answers;
}

/** The status of the answer, or why there was none. */
export function requestHealth(place: object): Promise<string> {
  return new Promise((resolve) => {
    const asked = request({ ...place, path: '/healthz', agent: false }, (answer) => {
      answer.resume().once('end', () => resolve(String(answer.statusCode)));
      answer.once('error', ({ message }) => resolve(message));
    });
    asked.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    asked.end();
  });
}
