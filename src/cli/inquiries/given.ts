import { UsageError } from '../../errors/cli.ts';
import { type ContentBody, content, type InquiryBody } from '../../protocol/inquiries.ts';
import { parseFieldValue } from './fields.ts';

/** Parses the answer from `--set` or `--content`; `undefined` when neither is given. Throws UsageError if malformed. */
export function parseContentOptions(
  inquiry: InquiryBody | null,
  { set = [], content: json }: { set?: readonly string[]; content?: string },
): ContentBody | undefined {
  if (json !== undefined && set.length > 0) throw new UsageError('Use either --content or --set, not both.');
  if (json !== undefined) return parseContentJson(json);
  if (set.length === 0) return undefined;
  const values: ContentBody = {};
  for (const each of set) {
    const at = each.indexOf('=');
    if (at < 1) throw new UsageError(`--set expects name=value, not "${each}".`);
    const [name, typed] = [each.slice(0, at), each.slice(at + 1)];
    const field = inquiry?.fields.find((known) => known.name === name) ?? {
      name,
      type: 'string' as const,
      required: false,
    };
    const read = parseFieldValue(field, typed);
    if (typeof read === 'string') throw new UsageError(read);
    const before = values[name];
    values[name] =
      Array.isArray(before) && Array.isArray(read.value) ? [...before, ...read.value] : read.value;
  }
  return values;
}

function parseContentJson(json: string): ContentBody {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new UsageError('--content must be a JSON object, such as \'{"name": "Ann"}\'.');
  }
  const { success, data } = content.safeParse(value);
  if (!success) {
    throw new UsageError(
      '--content must be a JSON object whose values are strings, numbers, booleans or lists of strings.',
    );
  }
  return data;
}
