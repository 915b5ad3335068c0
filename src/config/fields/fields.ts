import { z } from 'zod';
import {
  DURATION_PATTERN,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  SIZE_PATTERN,
} from './units.ts';

/**
 * How a changed value comes into force. `live`: at the next step, without anything being restarted. `handover`: a
 * new generation takes over, sessions go on. `none`: it has no effect on the daemon.
 */
export type Apply = 'live' | 'handover' | 'none';

/** What every key of the schema says about itself; the reference page and the JSON Schema are made from it. */
export interface KeyMeta {
  description: string;
  /** On every key that holds a value; a key that only groups others has none. */
  apply?: Apply;
  /** What values look like, where the JSON type says too little. */
  shape?: string;
  /** All of the value is secret, even when written as it is. */
  secret?: boolean;
  /** References are allowed here for convenience; what they stand for is no secret. */
  plain?: boolean;
}

declare module 'zod' {
  interface GlobalMeta extends Partial<KeyMeta> {
    description?: string;
    pattern?: string;
  }
}

/** A key that holds a value. Call it last: wrapping a schema again loses what it says about itself. */
export function key<T extends z.ZodType>(
  schema: T,
  apply: Apply,
  description: string,
  more: Omit<KeyMeta, 'apply' | 'description'> = {},
): T {
  return schema.meta({ ...schema.meta(), ...more, apply, description });
}

/** A key that groups others. */
export function group<T extends z.ZodType>(schema: T, description: string): T {
  return schema.meta({ description });
}

/** Milliseconds, written as a string with a unit. */
export function duration(byDefault: string, min = '1ms', max = '30d') {
  return quantity(DURATION, min, max)
    .prefault(byDefault)
    .meta({ shape: DURATION.name, pattern: DURATION.pattern });
}

/** A duration without a default. */
export function optionalDuration(max: string, min = '0ms') {
  return quantity(DURATION, min, max).optional().meta({ shape: DURATION.name, pattern: DURATION.pattern });
}

/** Bytes, written as a string with a unit. */
export function size(byDefault: string, min: string, max: string) {
  return quantity(SIZE, min, max).prefault(byDefault).meta({ shape: SIZE.name, pattern: SIZE.pattern });
}

export function count(byDefault: number, min: number, max: number) {
  return z.int().min(min).max(max).prefault(byDefault);
}

/** A name that people choose: agent, provider. */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name is 1 to 64 letters, digits, ".", "_" or "-"');

/** Of a file or folder; what a relative one starts at is said at the key. */
export const path = z
  .string()
  .min(1, 'expected a path')
  .regex(/^[^\0]*$/, 'a path has no NUL character');

interface Quantity {
  name: string;
  pattern: string;
  example: string;
  units: string;
  parse(text: string): number | undefined;
  /** What somebody who left the unit away probably meant. */
  spell(bare: number): string;
}

const DURATION: Quantity = {
  name: 'duration',
  pattern: DURATION_PATTERN,
  example: '30s',
  units: 'ms, s, m, h or d',
  parse: parseDuration,
  spell: (bare) => (bare < 1000 ? `${bare}s` : formatDuration(bare)),
};

const SIZE: Quantity = {
  name: 'size',
  pattern: SIZE_PATTERN,
  example: '64kb',
  units: 'b, kb, mb or gb',
  parse: parseSize,
  spell: formatSize,
};

function quantity(kind: Quantity, min: string, max: string) {
  return z.string({ error: (issue) => misspelt(kind, issue.input) }).transform((text, ctx) => {
    const value = kind.parse(text);
    if (value === undefined) return refuse(ctx, misspelt(kind, text));
    if (value < (kind.parse(min) ?? 0)) return refuse(ctx, `"${text}" is too little; the least is "${min}"`);
    if (value > (kind.parse(max) ?? 0)) return refuse(ctx, `"${text}" is too much; the most is "${max}"`);
    return value;
  });
}

function misspelt(kind: Quantity, input: unknown): string {
  const bare = typeof input === 'number' || /^\d+$/.test(String(input)) ? Number(input) : Number.NaN;
  if (!Number.isSafeInteger(bare) || bare < 0) {
    return `expected a ${kind.name} such as "${kind.example}" (units: ${kind.units})`;
  }
  return `a ${kind.name} is a string with a unit (${kind.units}); write "${kind.spell(bare)}"`;
}

function refuse(ctx: z.RefinementCtx, message: string): never {
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
}
