import { describe, expect, it } from 'vitest';
import { createLogger, type Logger, type LoggerOptions } from './log.ts';

function capture(options: LoggerOptions, write: (log: Logger) => void): string[] {
  const lines: string[] = [];
  write(createLogger({ ...options, destination: { write: (line) => lines.push(line) } }));
  return lines;
}

const redact = (text: string) => text.replaceAll('hunter2', '[redacted]');

describe('a record', () => {
  it('is a JSON line with the ids that were bound', () => {
    const [line = ''] = capture({ format: 'json' }, (log) => {
      log
        .child({ generation: 7 })
        .child({ session: 'a/b', turn: 2 })
        .info({ sessions: 3 }, 'generation:resumed');
    });
    expect(line.endsWith('}\n')).toBe(true);
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      generation: 7,
      session: 'a/b',
      turn: 2,
      sessions: 3,
      msg: 'generation:resumed',
    });
  });

  it('is left out below the level', () => {
    const all = capture({ level: 'warn' }, (log) => {
      log.info({ reason: 'quiet' }, 'generation:drained');
      log.child({ turn: 1 }).debug({}, 'generation:rehearsed');
      log.warn({ error: 'loud' }, 'housekeeping:failed');
    });
    expect(all).toEqual([expect.stringContaining('loud')]);
  });

  it.each(['json', 'text'] as const)('[K4] contains no secret as %s', (format) => {
    const [line = ''] = capture({ format, redact }, (log) => {
      const error = new Error('hunter2 was refused', { cause: new Error('hunter2') });
      log
        .child({ session: 'hunter2' })
        .error({ error: { error, deep: [{ hunter2: 'hunter2' }] } }, 'http:failed');
    });
    expect(line).toContain('[redacted]');
    expect(line).not.toContain('hunter2');
  });

  it('shows errors with their stack, whatever the field is called', () => {
    const [json = '', text = ''] = ['json', 'text'].flatMap((format) =>
      capture({ format: format === 'json' ? 'json' : 'text' }, (log) => {
        log.error({ error: new Error('no luck') }, 'http:failed');
      }),
    );
    expect(JSON.parse(json).error).toMatchObject({
      message: 'no luck',
      stack: expect.stringContaining('log.test.ts'),
    });
    expect(text).toMatch(/^\S+ error http:failed error="no luck"\n {4}Error: no luck\n {8}at /);
  });

  it('is one readable line as text, with nothing that moves the cursor', () => {
    const [line = ''] = capture({ format: 'text' }, (log) => {
      log.warn({ session: 'a/b', reason: 'two words', raw: '\u001b[2J', at: 5 }, 'config:warning');
    });
    expect(line.replace(/^\S+ /, '')).toBe(
      'warn  config:warning session=a/b reason="two words" raw="\\u001b[2J" at=5\n',
    );
  });

  it('can be anything without throwing', () => {
    const circular: { self?: object } = {};
    circular.self = circular;
    const hostile = { circular, big: 1n, nothing: undefined, bad: Object.create(null), get: () => 1 };
    expect(capture({ format: 'text' }, (log) => log.info(hostile, 'handover:done'))).toHaveLength(1);
  });
});
