import { describe, expect, it } from 'vitest';
import { findNearest } from './nearest.ts';

describe('nearest', () => {
  it.each([
    ['modle', ['model', 'mode', 'instructions'], 'model'],
    ['api_key', ['apiKey', 'api', 'baseUrl'], 'apiKey'],
    ['provider', ['providers', 'agents'], 'providers'],
    ['Listen', ['limits', 'listen'], 'listen'],
    ['zzz', ['model', 'listen'], undefined],
    ['', ['a', 'model'], undefined],
  ])('%j among %j is %j', (word, candidates, expected) =>
    expect(findNearest(word, candidates)).toBe(expected),
  );
});
