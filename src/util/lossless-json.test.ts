import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cloneJson,
  isRawNumber,
  mapJson,
  markNumbers,
  parseLossless,
  toPlainNumbers,
  unmarkNumbers,
} from './lossless-json.ts';

const NUMBERS = [
  ...['1234567890123456789', '-9007199254740993', '9007199254740993', '18446744073709551615'],
  ...['1.0', '-0', '-0.0', '1e400', '-1E+400', '1e2', '0.10', '3.14159265358979323846', '1e-7', '1E5'],
  ...['0', '-1', '0.5', '9007199254740991', '1e-400', '10000000000000000', '123456789012345678'],
];

describe('numbers in JSON', () => {
  it('keep the digits that were written, wherever they stand', () => {
    for (const number of NUMBERS) {
      const texts = [
        number,
        `[${number}]`,
        `[1,${number}]`,
        `{"a":${number}}`,
        `{"a":{"b":[[${number}],2]}}`,
      ];
      for (const text of texts) expect(JSON.stringify(parseLossless(text))).toBe(text);
      expect(JSON.stringify(parseLossless(`{ "a" : [ 1 ,\n ${number} ] }`))).toBe(`{"a":[1,${number}]}`);
    }
  });

  it('are plain where JavaScript would write the same digits', () => {
    expect(parseLossless('{"a":[1,-2.5,9007199254740991,0]}')).toEqual({ a: [1, -2.5, 9007199254740991, 0] });
    expect(isRawNumber(parseLossless('1.0'))).toBe(true);
  });

  it('are never looked for in texts', () => {
    const text = JSON.stringify({ a: ': 12345678901234567890, "b": 1.0, -0', 'c,1.0': '[1e400' });
    expect(JSON.stringify(parseLossless(text))).toBe(text);
  });

  it('survive copies, changes of texts and the parser of a library', () => {
    for (const number of NUMBERS) {
      const text = `{"a":["x",${number}],"__proto__":{"b":${number}}}`;
      expect(JSON.stringify(cloneJson(parseLossless(text)))).toBe(text);
      expect(JSON.stringify(mapJson(parseLossless(text), (each) => each))).toBe(text);
      expect(JSON.stringify(unmarkNumbers(JSON.parse(markNumbers(text))))).toBe(text);
    }
  });

  it('become plain for code that computes', () => {
    expect(toPlainNumbers(parseLossless('{"a":[1.0,9007199254740993,-0.0]}'))).toEqual({
      a: [1, 9007199254740992, -0],
    });
  });

  it('that stand in text that is no JSON change nothing', () => {
    expect(() => parseLossless('{"a":1.0')).toThrow(SyntaxError);
    expect(markNumbers('{"a":12345678901234567890')).toBe('{"a":12345678901234567890');
  });

  it('of any JSON come back as they were written', () => {
    const number = fc.stringMatching(/^-?(0|[1-9]\d{0,24})(\.\d{1,20})?([eE][+-]?\d{1,3})?$/);
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        number,
        fc.string().map((text) => JSON.stringify(text)),
        fc.array(tie('tree'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_ ]{1,6}$/), tie('tree')), {
            selector: ([name]) => name,
          })
          .map(
            (members) => `{${members.map(([name, item]) => `${JSON.stringify(name)}:${item}`).join(',')}}`,
          ),
      ),
    }));
    fc.assert(
      fc.property(tree, (text) => {
        expect(JSON.stringify(parseLossless(text))).toBe(text);
        expect(JSON.stringify(unmarkNumbers(JSON.parse(markNumbers(text))))).toBe(text);
      }),
    );
  });
});
