import { envReference } from '../support/config-check.ts';
import { ConfiguredHome } from '../support/configured.ts';
import { type HttpOptions, type HttpWorld, startHttp } from '../support/http.ts';
import { requestJson } from '../support/http-request.ts';

export const SOURCE = `{
  // who may come in
  "auth": { "tokens": ["a-literal-token-123"] },
  "providers": {
    "p": { "type": "openai", "apiKey": "${envReference('KEY')}" },
    "q": { "type": "anthropic", "apiKey": "sk-literal-key" }, // to be moved
  },
  "agents": {
    "main": { "model": "p/m", "instructions": "Be brief." },
    "night": { "model": "q/m" },
  },
}
`;

/** Null: there is no file. */
export async function startConfigured(source: string | null = SOURCE, options: HttpOptions = {}) {
  const configured = new ConfiguredHome(source, { KEY: 'key-of-the-world' });
  const world = await startHttp({ ...options, ...configured.option });
  return { world, configured };
}

/** Requests about the configuration of the world of the moment. */
export function askingClient(world: () => HttpWorld) {
  const request = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    requestJson(`${world().url}/v1/config${path}`, method, body, headers);

  const etag = async () => (await request('GET', '')).headers.get('etag') ?? '';

  return { request, etag };
}
