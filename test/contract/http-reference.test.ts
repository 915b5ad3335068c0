import { expect, it } from 'vitest';
import { startHttp } from '../support/http.ts';
import { renderReference } from '../support/openapi-markdown.ts';

it('docs/reference/http.md says what the OpenAPI document says; `vitest run -u` writes it anew', async () => {
  const world = await startHttp();
  try {
    const document: unknown = await (await fetch(`${world.url}/openapi.json`)).json();
    await expect(renderReference(document)).toMatchFileSnapshot('../../docs/reference/http.md');
  } finally {
    await world.close();
  }
});
