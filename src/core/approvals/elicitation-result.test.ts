import { describe, expect, it } from 'vitest';
import type { ElicitationContent, ElicitationField } from '../model/elicitation.ts';
import { validateElicitation } from './elicitation-result.ts';

const about = { key: 'k', asker: 'the tool', message: 'Well?' };

function answer(fields: ElicitationField[], given: ElicitationContent) {
  return validateElicitation({ ...about, fields }, given);
}

function field(type: ElicitationField['type'], more: Partial<ElicitationField> = {}): ElicitationField {
  return { name: 'it', type, required: true, ...more };
}

const options = ['a', 'b', 'c'].map((value) => ({ value, title: value.toUpperCase() }));

describe('an answer', () => {
  it('[G1] has the given values, and defaults for the others', () => {
    const fields = [
      field('string', { name: 'name' }),
      field('integer', { name: 'age', default: 7 }),
      field('boolean', { name: 'sure', required: false }),
    ];
    expect(answer(fields, { name: 'Ann' })).toEqual({ content: { name: 'Ann', age: 7 } });
  });

  it('has no number that lost digits in transit', () => {
    const fault = { field: 'it', why: expect.stringContaining('too large to be kept exactly') };
    expect(answer([field('integer')], { it: 2 ** 53 + 2 })).toEqual({ fault });
    expect(answer([field('number')], { it: 2 ** 60 })).toEqual({ fault });
  });

  it.each<[ElicitationField, ElicitationContent[string]]>([
    [field('boolean'), false],
    [field('number', { min: 0, max: 1 }), 0.5],
    [field('integer'), -3],
    [field('string', { min: 2, max: 2 }), '🙂🙂'],
    [field('string', { options }), 'b'],
    [field('choices', { options, min: 1 }), ['c', 'a']],
    [field('string', { format: 'email' }), 'ann@example.com'],
    [field('string', { format: 'uri' }), 'https://example.com/x'],
    [field('string', { format: 'date' }), '2026-02-28'],
    [field('string', { format: 'date-time' }), '2026-02-28T10:00:00Z'],
  ])('for %j can be %j', (asked, value) => {
    expect(answer([asked], { it: value })).toEqual({ content: { it: value } });
  });

  it.each<[ElicitationField, ElicitationContent[string], string]>([
    [field('boolean'), 'yes', 'must be true or false'],
    [field('number'), '1', 'must be a number'],
    [field('number'), Number.NaN, 'must be a number'],
    [field('integer'), 0.5, 'must be a whole number'],
    [field('integer', { min: 3 }), 2, 'must be at least 3'],
    [field('number', { max: 3 }), 3.1, 'must be at most 3'],
    [field('string'), 7, 'must be a string'],
    [field('string', { max: 1 }), 'ab', 'must be at most 1 characters'],
    [field('string', { options }), 'd', 'must be one of: a, b, c'],
    [field('string', { format: 'email' }), 'ann', 'must be an e-mail address'],
    [field('string', { format: 'uri' }), 'example', 'must be an address (URI)'],
    [field('string', { format: 'date' }), '2026-13-01', 'must be a date such as 2026-01-31'],
    [field('string', { format: 'date' }), '2026-02-31', 'must be a date such as 2026-01-31'],
    ...['2026-02-31T10:00:00Z', '2026-02-28T25:00:00Z'].map((text): [ElicitationField, string, string] => [
      field('string', { format: 'date-time' }),
      text,
      'must be a date and time such as 2026-01-31T12:00:00Z',
    ]),
    [field('string', { format: 'date' }), 'today', 'must be a date such as 2026-01-31'],
    [
      field('string', { format: 'date-time' }),
      '2026-01-31',
      'must be a date and time such as 2026-01-31T12:00:00Z',
    ],
    [field('choices', { options }), 'a', 'must be a list of options'],
    [field('choices', { options }), ['a', 'd'], 'may have only: a, b, c'],
    [field('choices', { options }), ['a', 'a'], 'has an option twice'],
    [field('choices', { options, min: 2 }), ['a'], 'must be at least 2 options'],
    [field('choices'), ['a'], 'may have only: '],
  ])('[G2] for %j cannot be %j', (asked, value, why) => {
    expect(answer([asked], { it: value })).toEqual({ fault: { field: 'it', why } });
  });

  it('[G2] names a missing field, or one that the question does not have', () => {
    expect(answer([field('string')], {})).toEqual({ fault: { field: 'it', why: 'is required' } });
    expect(answer([field('string')], { it: 'x', more: 1 })).toEqual({
      fault: { field: 'more', why: 'is not a field of this question; its fields are: it' },
    });
    expect(answer([], { more: 1 })).toEqual({
      fault: { field: 'more', why: 'is not a field of this question; it has none' },
    });
  });
});
