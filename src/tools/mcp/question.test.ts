import { describe, expect, it } from 'vitest';
import { parseElicitation } from './question.ts';

const ASKER = { key: 'k', asker: 'the MCP server "s"', message: 'Well?' };

function form(properties: object, more: object = {}) {
  return parseElicitation('k', 's', {
    message: 'Well?',
    requestedSchema: { type: 'object', properties, ...more },
  });
}

describe('a question of a server', () => {
  it('accepts every kind of plain field', () => {
    const titled = [{ const: 'r', title: 'Red' }];
    const asked = form(
      {
        name: {
          type: 'string',
          title: 'Name',
          description: 'Yours.',
          minLength: 1,
          maxLength: 9,
          format: 'email',
        },
        age: { type: 'integer', minimum: 0, default: 7 },
        share: { type: 'number', maximum: 1, default: 'much' },
        sure: { type: 'boolean', default: false },
        plain: { type: 'string', enum: ['r'], default: 'r' },
        legacy: { type: 'string', enum: ['r', 'g'], enumNames: ['Red'] },
        titled: { type: 'string', oneOf: titled },
        many: { type: 'array', items: { type: 'string', enum: ['r'] }, minItems: 1, default: ['r'] },
        manyTitled: { type: 'array', items: { anyOf: titled }, maxItems: 1, default: 'r' },
      },
      { required: ['name', 'nobody'] },
    );
    const red = { value: 'r', title: 'Red' };
    const optional = { required: false };
    expect(asked).toEqual({
      ...ASKER,
      fields: [
        {
          name: 'name',
          type: 'string',
          required: true,
          title: 'Name',
          description: 'Yours.',
          min: 1,
          max: 9,
          format: 'email',
        },
        { name: 'age', type: 'integer', ...optional, min: 0, default: 7 },
        { name: 'share', type: 'number', ...optional, max: 1 },
        { name: 'sure', type: 'boolean', ...optional, default: false },
        { name: 'plain', type: 'string', ...optional, options: [{ value: 'r', title: 'r' }], default: 'r' },
        { name: 'legacy', type: 'string', ...optional, options: [red, { value: 'g', title: 'g' }] },
        { name: 'titled', type: 'string', ...optional, options: [red] },
        {
          name: 'many',
          type: 'choices',
          ...optional,
          options: [{ value: 'r', title: 'r' }],
          min: 1,
          default: ['r'],
        },
        { name: 'manyTitled', type: 'choices', ...optional, options: [red], max: 1 },
      ],
    });
  });

  it('accepts a page', () => {
    const page = { mode: 'url', message: 'Well?', url: 'https://example.com/x', elicitationId: 'e' };
    expect(parseElicitation('k', 's', page)).toEqual({ ...ASKER, fields: [], url: 'https://example.com/x' });
  });

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['no message', { requestedSchema: { properties: {} } }],
    ['another mode', { mode: 'dance', message: 'Well?' }],
    ['a page that is no page', { mode: 'url', message: 'Well?', url: 'javascript:alert(1)' }],
    ['a file', { mode: 'url', message: 'Well?', url: 'file:///etc/passwd' }],
    ['objects', { message: 'Well?', requestedSchema: { properties: { a: { type: 'object' } } } }],
    [
      'a name that cannot be typed',
      { message: 'Well?', requestedSchema: { properties: { 'a\u0007': { type: 'string' } } } },
    ],
  ])('[K7] cannot be %s', (_, params) => {
    expect(parseElicitation('k', 's', params)).toMatch(/^it asks for something other than/);
  });

  it('[K7] is refused beyond the maximum length', () => {
    const long = { message: 'x'.repeat(20_000), requestedSchema: { properties: {} } };
    expect(parseElicitation('k', 's', long)).toMatch(
      /^its question has 20\d+ characters; the maximum is 16384$/,
    );
    const many = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`f${index}`, { type: 'string' }]),
    );
    expect(form(many)).toMatch(/the maximum is 16384$/);
  });
});
