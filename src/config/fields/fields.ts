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
 * The apply class of a key: how a changed value comes into force. `live`: at the next step, without a restart.
 * `handover`: a new generation takes over and its sessions continue there. `none`: it has no effect on the daemon.
 */
export type ApplyClass = 'live' | 'handover' | 'none';

/**
 * What every key of the schema declares about itself; the reference page and the JSON Schema are generated from it.
 */
export interface KeyMeta {
  description: string;
  /** Present on every key that holds a value; a key that only groups others has none. */
  apply?: ApplyClass;
  /** The form of valid values, where the JSON type alone says too little. */
  shape?: string;
  /** The whole value is secret, even when it is written out instead of given as a reference. */
  secret?: boolean;
  /** References are allowed here for convenience; the values they stand for are not secret. */
  plain?: boolean;
}

declare module 'zod' {
  interface GlobalMeta extends Partial<KeyMeta> {
    description?: string;
    pattern?: string;
  }
}

/** Declares a key that holds a value. Call it last, because wrapping a schema again loses its metadata. */
export function defineKey<T extends z.ZodType>(
  schema: T,
  apply: ApplyClass,
  description: string,
  more: Omit<KeyMeta, 'apply' | 'description'> = {},
): T {
  return schema.meta({ ...schema.meta(), ...more, apply, description });
}

/** Declares a key that only groups other keys and has no value or apply class of its own. */
export function defineGroup<T extends z.ZodType>(schema: T, description: string): T {
  return schema.meta({ description });
}

/** Declares a duration with a default: a string with a unit in the file, a number of milliseconds after parsing. */
export function durationField(byDefault: string, min = '1ms', max = '30d') {
  return quantityField(DURATION, min, max)
    .prefault(byDefault)
    .meta({ shape: DURATION.name, pattern: DURATION.pattern });
}

/** Declares an optional duration without a default, in milliseconds after parsing; the limits are inclusive. */
export function optionalDurationField(max: string, min = '0ms') {
  return quantityField(DURATION, min, max)
    .optional()
    .meta({ shape: DURATION.name, pattern: DURATION.pattern });
}

/** Declares a size with a default: a string with a unit in the file, a number of bytes after parsing. */
export function sizeField(byDefault: string, min: string, max: string) {
  return quantityField(SIZE, min, max).prefault(byDefault).meta({ shape: SIZE.name, pattern: SIZE.pattern });
}

/** Declares a whole number with a default and inclusive limits. */
export function countField(byDefault: number, min: number, max: number) {
  return z.int().min(min).max(max).prefault(byDefault);
}

/** A name that the operator chooses, such as that of an agent or a provider. */
export const nameField = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a name is 1 to 64 letters, digits, ".", "_" or "-"');

/** The path of a file or folder; the description of each key says where a relative one starts. */
export const pathField = z
  .string()
  .min(1, 'expected a path')
  .regex(/^[^\0]*$/, 'a path has no NUL character');

interface Quantity {
  name: string;
  pattern: string;
  example: string;
  units: string;
  tooLow: string;
  tooHigh: string;
  parse(text: string): number | undefined;
  /** Returns the value with the unit that was probably meant when only a number was written. */
  spell(bare: number): string;
}

const DURATION: Quantity = {
  name: 'duration',
  pattern: DURATION_PATTERN,
  example: '30s',
  units: 'ms, s, m, h or d',
  tooLow: 'too short',
  tooHigh: 'too long',
  parse: parseDuration,
  spell: (bare) => (bare < 1000 ? `${bare}s` : formatDuration(bare)),
};

const SIZE: Quantity = {
  name: 'size',
  pattern: SIZE_PATTERN,
  example: '64kb',
  units: 'b, kb, mb or gb',
  tooLow: 'too small',
  tooHigh: 'too large',
  parse: parseSize,
  spell: formatSize,
};

function quantityField(kind: Quantity, min: string, max: string) {
  return z.string({ error: (issue) => describeUnitMistake(kind, issue.input) }).transform((text, ctx) => {
    const value = kind.parse(text);
    if (value === undefined) return refuseValue(ctx, describeUnitMistake(kind, text));
    if (value < (kind.parse(min) ?? 0))
      return refuseValue(ctx, `"${text}" is ${kind.tooLow}; the minimum is "${min}"`);
    if (value > (kind.parse(max) ?? 0))
      return refuseValue(ctx, `"${text}" is ${kind.tooHigh}; the maximum is "${max}"`);
    return value;
  });
}

function describeUnitMistake(kind: Quantity, input: unknown): string {
  const bare = typeof input === 'number' || /^\d+$/.test(String(input)) ? Number(input) : Number.NaN;
  if (!Number.isSafeInteger(bare) || bare < 0) {
    return `expected a ${kind.name} such as "${kind.example}" (units: ${kind.units})`;
  }
  return `a ${kind.name} is a string with a unit (${kind.units}); write "${kind.spell(bare)}"`;
}

function refuseValue(ctx: z.RefinementCtx, message: string): never {
  ctx.addIssue({ code: 'custom', message });
  return z.NEVER;
}
