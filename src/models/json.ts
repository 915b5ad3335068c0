import type { JSONValue, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type { Json, JsonObject, ProviderData } from '../core/model/message.ts';
import { isRawNumber } from '../util/lossless-json.ts';

/** Returns a mutable copy of a JSON value, because providers return read-only values; raw numbers are kept. */
export function copyJson(value: JSONValue): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (isRawNumber(value)) return value;
  return isReadonlyArray(value) ? value.map(copyJson) : copyJsonObject(value);
}

function copyJsonObject(value: Readonly<Record<string, JSONValue | undefined>>): JsonObject {
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) if (member !== undefined) copy[key] = copyJson(member);
  return copy;
}

/**
 * Merges provider metadata of a part into earlier metadata; later values override, because signatures arrive last.
 */
export function mergeProviderData(
  before: ProviderData | undefined,
  more: SharedV4ProviderMetadata | undefined,
): ProviderData | undefined {
  if (!more) return before;
  const merged: ProviderData = { ...before };
  for (const [provider, data] of Object.entries(more)) {
    merged[provider] = { ...merged[provider], ...copyJsonObject(data) };
  }
  return merged;
}

/** Type guard for arrays, needed because `Array.isArray` does not narrow read-only arrays. */
function isReadonlyArray(value: object): value is readonly JSONValue[] {
  return Array.isArray(value);
}
