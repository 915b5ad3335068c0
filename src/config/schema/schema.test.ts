import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineKey } from '../fields/fields.ts';
import { findKey, getApplyClass, listKeys } from '../fields/keys.ts';
import { configSchema } from './schema.ts';

/** Keys that do not say how a change comes into force, or what they are for. */
function mute(schema: z.ZodType): string[] {
  return listKeys(schema)
    .filter(({ leaf, meta }) => !meta.description?.endsWith('.') || leaf !== (meta.apply !== undefined))
    .map(({ path }) => path.join('.'));
}

describe('the schema', () => {
  it('[E3] gives every key an apply class and a description', () => {
    expect(mute(configSchema)).toEqual([]);
    expect(listKeys(configSchema).length).toBeGreaterThan(50);
  });

  it('[E3] a key without them is noticed, however deep it is', () => {
    const bare = z.strictObject({
      good: defineKey(z.string(), 'live', 'Good.'),
      silent: z.string(),
      undescribed: z.string().meta({ apply: 'live' }),
      classless: z.string().meta({ description: 'Nobody knows when it applies.' }),
      many: z
        .record(z.string(), z.array(z.strictObject({ deep: z.number().optional() })))
        .meta({ description: 'Many.' }),
    });
    expect(mute(bare)).toEqual(['silent', 'undescribed', 'classless', 'many.*.[].deep']);
  });

  it('only what needs another process asks for a handover', () => {
    const keys = listKeys(configSchema);
    const handover = keys.filter(({ meta }) => meta.apply === 'handover').map(({ path }) => path.join('.'));
    expect(handover).toEqual(['listen']);
  });

  it('knows the key of every path in a file', () => {
    const keys = listKeys(configSchema);
    expect(getApplyClass(keys, ['agents', 'main', 'model'])).toBe('live');
    expect(getApplyClass(keys, ['providers', 'x', 'headers', 'Authorization'])).toBe('live');
    expect(getApplyClass(keys, ['providers', 'x', 'scripts', 's', 0, 'text'])).toBe('live');
    expect(findKey(keys, ['auth', 'tokens', 0])?.meta.secret).toBe(true);
    expect(findKey(keys, ['auth', 'people', 'ann'])?.meta).toMatchObject({ secret: true, apply: 'live' });
    expect(findKey(keys, ['agents', 'main', 'modle'])).toBeUndefined();
    expect(findKey(keys, ['providers', 'x', 'scripts'])?.types).toEqual(['scripted']);
    expect(findKey(keys, ['providers', 'x', 'baseUrl'])?.types).toHaveLength(4);
  });
});
