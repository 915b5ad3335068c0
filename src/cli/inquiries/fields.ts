import type { ContentBody, FieldBody } from '../../protocol/inquiries.ts';
import { toOneLine } from '../../terminal/text.ts';
import { toVisibleLine } from '../../util/visible-text.ts';

const NAME_WIDTH = 200;

/** Describes a form field in one line: type, bounds, default, title and options. Validation is the daemon's job. */
export function describeField(field: FieldBody): string {
  const { name, title, description, options } = field;
  const facts = [
    describeExpected(field),
    field.required && field.default === undefined ? 'required' : '',
    field.default === undefined ? '' : `default ${formatDefault(field.default)}`,
  ];
  const about = [title, description].filter(Boolean).join(': ');
  const head = `${name} (${facts.filter(Boolean).join(', ')})`;
  const titled = options?.filter((option) => option.title !== option.value) ?? [];
  const meanings = titled.map(({ value, title: meaning }) => `${value} is ${meaning}`).join('; ');
  return toVisibleLine([head, about, meanings].filter(Boolean).join(' – '));
}

function describeExpected({ type, options = [], format, min, max }: FieldBody): string {
  const values = options.map(({ value }) => value);
  if (type === 'choices') return `any of ${values.join(' | ')}, separated by commas`;
  if (values.length > 0) return values.join(' | ');
  if (type === 'boolean') return 'yes | no';
  const bounds = [min === undefined ? '' : `from ${min}`, max === undefined ? '' : `to ${max}`];
  const unit = type === 'string' && (min ?? max) !== undefined ? ' characters' : '';
  const range = bounds.filter(Boolean).join(' ');
  return [format ?? (type === 'string' ? 'text' : type), range === '' ? '' : `${range}${unit}`]
    .filter(Boolean)
    .join(' ');
}

/** Parses the typed text for a field. Returns a sentence that explains the problem when the text does not fit its type. */
export function parseFieldValue(
  { name, type }: FieldBody,
  typed: string,
): { value: ContentBody[string] } | string {
  switch (type) {
    case 'string':
      return { value: typed };
    case 'choices':
      return {
        value: typed
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      };
    case 'boolean': {
      const value = YES_OR_NO[typed.trim().toLowerCase()];
      return value === undefined ? `"${toOneLine(name, NAME_WIDTH)}" must be yes or no.` : { value };
    }
    default: {
      const value = typed.trim() === '' ? Number.NaN : Number(typed);
      return Number.isFinite(value) ? { value } : `"${toOneLine(name, NAME_WIDTH)}" must be a number.`;
    }
  }
}

function formatDefault(value: ContentBody[string]): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}

const YES_OR_NO: Record<string, boolean> = {
  yes: true,
  y: true,
  true: true,
  no: false,
  n: false,
  false: false,
};
