import { expect, it } from 'vitest';
import { startHttp } from '../support/http.ts';
import { renderReference } from '../support/openapi-markdown.ts';

it('docs/reference/http.md matches the OpenAPI document; `vitest run -u` rewrites it', async () => {
  const world = await startHttp();
  try {
    const document: unknown = await (await fetch(`${world.url}/openapi.json`)).json();
    await expect(renderReference(document)).toMatchFileSnapshot('../../docs/reference/http.md');
  } finally {
    await world.close();
  }
});
