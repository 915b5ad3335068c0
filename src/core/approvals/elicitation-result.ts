import type {
  Elicitation,
  ElicitationContent,
  ElicitationField,
  ElicitationValue,
} from '../model/elicitation.ts';

/** Why an answer to an elicitation is invalid: the first field that is wrong, and the reason. */
export interface ElicitationFault {
  field: string;
  why: string;
}

/** Returns the answer as the tool receives it, with defaults filled in, or the first fault in it. Never throws. */
export function validateElicitation(
  { fields }: Elicitation,
  given: ElicitationContent,
): { content: ElicitationContent } | { fault: ElicitationFault } {
  const stray = Object.keys(given).find((name) => !fields.some((field) => field.name === name));
  if (stray !== undefined)
    return { fault: { field: stray, why: `is not a field of this question; ${listFieldNames(fields)}` } };
  const taken: [string, ElicitationValue][] = [];
  for (const field of fields) {
    const { name } = field;
    const value = Object.hasOwn(given, name) ? given[name] : field.default;
    if (value === undefined) {
      if (field.required) return { fault: { field: name, why: 'is required' } };
      continue;
    }
    const why = checkValue(value, field);
    if (why !== undefined) return { fault: { field: name, why } };
    taken.push([name, value]);
  }
  return { content: Object.fromEntries(taken) };
}

function listFieldNames(fields: readonly ElicitationField[]): string {
  return fields.length === 0 ? 'it has none' : `its fields are: ${fields.map(({ name }) => name).join(', ')}`;
}

function checkValue(value: ElicitationValue, field: ElicitationField): string | undefined {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'must be true or false';
    case 'choices':
      return Array.isArray(value) ? checkChoices(value, field) : 'must be a list of options';
    case 'string':
      return typeof value === 'string' ? checkText(value, field) : 'must be a string';
    default:
      return typeof value === 'number' ? checkNumber(value, field) : 'must be a number';
  }
}

function checkNumber(value: number, field: ElicitationField): string | undefined {
  if (!Number.isFinite(value)) return 'must be a number';
  if (field.type === 'integer' && !Number.isInteger(value)) return 'must be a whole number';
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return `is too large to be kept exactly; the largest whole number is ${Number.MAX_SAFE_INTEGER}`;
  }
  return checkBounds(value, field, '');
}

function checkText(value: string, field: ElicitationField): string | undefined {
  if (field.options) return isOption(value, field) ? undefined : `must be one of: ${listOptions(field)}`;
  const { format } = field;
  if (format && !FORMATS[format](value)) return `must be ${FORMAT_NAMES[format]}`;
  return checkBounds([...value].length, field, ' characters');
}

function checkChoices(values: string[], field: ElicitationField): string | undefined {
  if (!values.every((value) => isOption(value, field))) return `may have only: ${listOptions(field)}`;
  if (new Set(values).size < values.length) return 'has an option twice';
  return checkBounds(values.length, field, ' options');
}

function isOption(value: string, { options = [] }: ElicitationField): boolean {
  return options.some((option) => option.value === value);
}

function listOptions({ options = [] }: ElicitationField): string {
  return options.map(({ value }) => value).join(', ');
}

function checkBounds(amount: number, { min, max }: ElicitationField, unit: string): string | undefined {
  if (min !== undefined && amount < min) return `must be at least ${min}${unit}`;
  return max !== undefined && amount > max ? `must be at most ${max}${unit}` : undefined;
}

type Format = NonNullable<ElicitationField['format']>;

const FORMATS: Record<Format, (text: string) => boolean> = {
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
  uri: (text) => /^[a-z][a-z0-9+.-]*:\S+$/i.test(text),
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && isCalendarTime(text),
  'date-time': (text) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/i.test(text) && isCalendarTime(text),
};

const FORMAT_NAMES: Record<Format, string> = {
  email: 'an e-mail address',
  uri: 'an address (URI)',
  date: 'a date such as 2026-01-31',
  'date-time': 'a date and time such as 2026-01-31T12:00:00Z',
};

/** Checks for a time on a day that exists; `Date.parse` would turn February 31st into March 3rd. */
function isCalendarTime(text: string): boolean {
  const day = text.slice(0, 10);
  const midnight = Date.parse(day);
  if (Number.isNaN(midnight) || Number.isNaN(Date.parse(text))) return false;
  return new Date(midnight).toISOString().startsWith(day);
}
