import { expect, it } from 'vitest';
import { omitAbsentNulls } from './nulls.ts';

const schema = {
  type: 'object',
  properties: {
    a: { type: 'string' },
    b: { type: ['string', 'null'] },
    c: { anyOf: [{ type: 'string' }, { type: 'null' }] },
    d: { enum: ['x', null] },
    e: { type: 'number' },
    f: { type: 'object', properties: { g: { type: 'string' } } },
    h: { type: 'array' },
  },
  required: ['e'],
};

it('omits null arguments that the schema neither requires nor allows', () => {
  const input = { a: null, b: null, c: null, d: null, e: null, f: { g: null }, h: [null], unknown: null };
  expect(omitAbsentNulls(input, schema)).toEqual({
    ...{ b: null, c: null, d: null, e: null, f: {}, h: [null], unknown: null },
  });
  expect(omitAbsentNulls(null, schema)).toEqual({});
  expect(omitAbsentNulls(['x'], schema)).toEqual(['x']);
});
