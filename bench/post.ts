import { once } from 'node:events';
import { type Agent, request } from 'node:http';

/** Sends one message over the unix socket; milliseconds until it is accepted. Rejects when it is not. */
export async function postMessage(socketPath: string, session: string, agent: Agent): Promise<number> {
  const start = performance.now();
  const sent = request({
    socketPath,
    agent,
    method: 'POST',
    path: `/v1/sessions/${session}/messages`,
    headers: { 'content-type': 'application/json' },
  });
  sent.end(JSON.stringify({ text: 'hello' }));
  const [response] = await once(sent, 'response');
  const taken = performance.now() - start;
  response.resume();
  await once(response, 'end');
  if (response.statusCode !== 202) throw new Error(`answered ${response.statusCode}`);
  return taken;
}
