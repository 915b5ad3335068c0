import type { Content, Field, FieldValue, Inquiry } from '../model/elicitation.ts';

/** Why an answer to an elicitation is invalid: the first field that is wrong, and the reason. */
export interface Fault {
  field: string;
  why: string;
}

/** Returns the answer as the tool receives it, with defaults filled in, or the first fault in it. Never throws. */
export function answerTo({ fields }: Inquiry, given: Content): { content: Content } | { fault: Fault } {
  const stray = Object.keys(given).find((name) => !fields.some((field) => field.name === name));
  if (stray !== undefined)
    return { fault: { field: stray, why: `is not a field of this question; ${namesOf(fields)}` } };
  const taken: [string, FieldValue][] = [];
  for (const field of fields) {
    const { name } = field;
    const value = Object.hasOwn(given, name) ? given[name] : field.default;
    if (value === undefined) {
      if (field.required) return { fault: { field: name, why: 'is required' } };
      continue;
    }
    const why = faultIn(value, field);
    if (why !== undefined) return { fault: { field: name, why } };
    taken.push([name, value]);
  }
  return { content: Object.fromEntries(taken) };
}

function namesOf(fields: readonly Field[]): string {
  return fields.length === 0 ? 'it has none' : `its fields are: ${fields.map(({ name }) => name).join(', ')}`;
}

function faultIn(value: FieldValue, field: Field): string | undefined {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'choices':
      return Array.isArray(value) ? faultInChoices(value, field) : 'must be a list of options';
    case 'string':
      return typeof value === 'string' ? faultInText(value, field) : 'must be a string';
    default:
      return typeof value === 'number' ? faultInNumber(value, field) : 'must be a number';
  }
}

function faultInNumber(value: number, field: Field): string | undefined {
  if (!Number.isFinite(value)) return 'must be a number';
  if (field.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `is too large to be kept exactly; the largest whole number is ${Number.MAX_SAFE_INTEGER}`;
  }
  return beyond(value, field, '');
}

function faultInText(value: string, field: Field): string | undefined {
  if (field.options) return isOption(value, field) ? undefined : `must be one of: ${optionsOf(field)}`;
  const { format } = field;
  if (format && !FORMATS[format](value)) return `must be ${FORMAT_NAMES[format]}`;
  return beyond([...value].length, field, ' characters');
}

function faultInChoices(values: string[], field: Field): string | undefined {
  if (!values.every((value) => isOption(value, field))) return `may have only: ${optionsOf(field)}`;
  if (new Set(values).size < values.length) return 'has an option twice';
  return beyond(values.length, field, ' options');
}

function isOption(value: string, { options = [] }: Field): boolean {
  return options.some((option) => option.value === value);
}

function optionsOf({ options = [] }: Field): string {
  return options.map(({ value }) => value).join(', ');
}

function beyond(amount: number, { min, max }: Field, unit: string): string | undefined {
  if (min !== undefined && amount < min) return `must be at least ${min}${unit}`;
  return max !== undefined && amount > max ? `must be at most ${max}${unit}` : undefined;
}

type Format = NonNullable<Field['format']>;

const FORMATS: Record<Format, (text: string) => boolean> = {
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isTime(text),
  'date-time': (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/i.test(text) && isTime(text),
};

const FORMAT_NAMES: Record<Format, string> = {
  email: 'an e-mail address',
  uri: 'an address (URI)',
  date: 'a date such as 2026-01-31',
  'date-time': 'a date and time such as 2026-01-31T12:00:00Z',
};

/** Checks for a time on a day that exists; `Date.parse` would turn February 31st into March 3rd. */
function isTime(text: string): boolean {
  const day = text.slice(0, 10);
  const midnight = Date.parse(day);
  if (Number.isNaN(midnight) || Number.isNaN(Date.parse(text))) return false;
  return new Date(midnight).toISOString().startsWith(day);
}
