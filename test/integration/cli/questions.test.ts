import { describe, expect, it, onTestFinished } from 'vitest';
import type { Elicitation } from '../../../src/core/model/elicitation.ts';
import type { Tool } from '../../../src/tools/port/tool.ts';
import { pendingQuestion } from '../../support/engine.ts';
import { startHttp } from '../../support/http.ts';
import { Midturn, midturn, temporaryHome } from './midturn.ts';

const FORM: Elicitation = {
  key: 'where',
  asker: 'the MCP server "ship"',
  message: 'Where to?',
  fields: [
    {
      name: 'place',
      type: 'string',
      required: true,
      options: ['here', 'there'].map(same),
      description: 'The place.',
    },
    { name: 'copies', type: 'integer', required: false, default: 1, max: 9 },
    { name: 'sure', type: 'boolean', required: true },
    { name: 'tags', type: 'choices', required: false, options: ['a', 'b', 'c'].map(same) },
  ],
};
const PAGE: Elicitation = {
  ...{ key: 'page', asker: 'the MCP server "ship"', message: 'Please sign in.', fields: [] },
  url: 'https://example.com/in',
};

function same(value: string) {
  return { value, title: value };
}

/** Ends with the question, and says what it was told. */
function asks(question: Elicitation): Tool {
  return {
    name: 'mcp__ship__deploy',
    description: 'Deploys.',
    inputSchema: { type: 'object' },
    effect: () => 'write',
    async run(_, { answers }) {
      if (!answers) return { type: 'questions', questions: [question], resume: null };
      const { decision, content } = answers.given[0] ?? {};
      return { type: 'text', value: `${decision} ${JSON.stringify(content)}` };
    },
  };
}

async function asking(question: Elicitation) {
  const script = [
    { tools: [{ name: 'mcp__ship__deploy', input: { to: 'prod' } }] },
    { text: 'It says {result}' },
  ];
  const world = await startHttp({ script, tools: [asks(question)] });
  onTestFinished(() => world.close());
  const home = temporaryHome();
  const url = ['--url', world.url];
  const start = async () => {
    await world.engine.sessions.sendMessage('s', { text: 'go', id: 'first' });
    return pendingQuestion(world.engine, 's');
  };
  const chat = () => new Midturn(home, [...url, 'chat', 's', '--from', 'ann']);
  const cli = (...args: string[]) => midturn(home, [...url, ...args]);
  const answer = async () =>
    (await world.engine.sessions.waitForOutcome('s', 'first', 0, AbortSignal.timeout(10_000)))?.text;
  return { start, chat, cli, answer };
}

describe('[G1] a question of a tool', () => {
  it('is listed with what it asks, shown with its fields, and answered by options', async () => {
    const { start, cli, answer } = await asking(FORM);
    const id = await start();
    expect((await cli('approvals', 'ls')).stdout).toMatch(
      new RegExp(`\n${id} +s +mcp__ship__deploy +asks: Where to\\? `),
    );
    const { stdout } = await cli('approvals', 'show', id);
    expect(stdout.slice(stdout.indexOf('the MCP'))).toBe(
      [
        'the MCP server "ship" asks:',
        '  │ Where to?',
        '  place (here | there, required) – The place.',
        '  copies (integer to 9, default 1)',
        '  sure (yes | no, required)',
        '  tags (any of a | b | c, separated by commas)',
        '',
      ].join('\n'),
    );
    const set = ['place=here', 'sure=yes', 'tags=a', 'tags=c'].flatMap((each) => ['--set', each]);
    expect(await cli('approvals', 'approve', id, ...set)).toMatchObject({
      code: 0,
      stdout: 'Answered: Where to? (session s)\n',
    });
    expect(await answer()).toBe('It says approved {"place":"here","copies":1,"sure":true,"tags":["a","c"]}');
    expect((await cli('approvals', 'show', id)).stdout).toMatch(/answer\n {2}│ place: here\n/);
  });

  it('[G2] is not decided by an invalid answer, which is rejected with the name of the field', async () => {
    const { start, cli, answer } = await asking(FORM);
    const id = await start();
    const wrong = await cli('approvals', 'approve', id, '--content', '{"place": "home", "sure": true}');
    expect(wrong).toMatchObject({ code: 1, stdout: '' });
    expect(wrong.stderr).toContain('"place" must be one of: here, there. Nothing was decided; answer again.');
    expect(await cli('approvals', 'approve', id)).toMatchObject({
      stderr: expect.stringContaining('"place" is required'),
    });
    for (const options of [
      ['--set', 'place'],
      ['--set', 'sure=perhaps'],
      ['--set', 'copies=x'],
      ['--content', '{'],
      ['--content', '{"a": {}}'],
      ['--content', '{}', '--set', 'a=b'],
    ]) {
      expect(await cli('approvals', 'approve', id, ...options)).toMatchObject({ code: 2 });
    }
    const content = '{"place": "there", "sure": false}';
    expect(await cli('approvals', 'approve', id, '--content', content)).toMatchObject({ code: 0 });
    expect(await answer()).toBe('It says approved {"place":"there","copies":1,"sure":false}');
  });

  it('is asked field by field in the chat, and again for an invalid answer', async () => {
    const { chat } = await asking(FORM);
    const conversation = chat();
    conversation.type('go');
    await conversation.until(/or \/deny with a reason/);
    conversation.type('/approve');
    for (const typed of ['', 'home', '99', 'maybe', 'yes', '']) {
      conversation.type(typed);
    }
    await conversation.until(/must be one of: here, there/);
    conversation.type('here');
    await conversation.until(/must be at most 9/);
    conversation.type('3');
    await conversation.until(/It says approved/);
    conversation.process.stdin.end();
    const { stdout, code } = await conversation.ended;
    expect(stdout.replaceAll(/\w+q1\b/g, 'ID')).toMatchInlineSnapshot(`
      "→ mcp__ship__deploy prod
      ? the MCP server "ship" asks, for mcp__ship__deploy (question ID): Where to?
        place (here | there, required) – The place.
        copies (integer to 9, default 1)
        sure (yes | no, required)
        tags (any of a | b | c, separated by commas)
        /approve to answer, or /deny with a reason
        place (here | there, required) – The place.
        place (here | there, required) – The place.
        copies (integer to 9, default 1); press Enter to skip
        sure (yes | no, required)
        "sure" must be yes or no.
        sure (yes | no, required)
        tags (any of a | b | c, separated by commas); press Enter to skip
      … The answer to question "ID" cannot be used: "place" must be one of: here, there. Nothing was decided; answer again. \`midturn approvals show ID\` shows all fields.
        place (here | there, required) – The place.
      … The answer to question "ID" cannot be used: "copies" must be at most 9. Nothing was decided; answer again. \`midturn approvals show ID\` shows all fields.
        copies (integer to 9, default 1); press Enter to skip
      ✓ the question ID about mcp__ship__deploy was answered by ann
      ← mcp__ship__deploy: approved {"place":"here","copies":3,"sure":true}
      It says approved {"place":"here","copies":3,"sure":true}
      "
    `);
    expect(code).toBe(0);
  });

  it('may be a web page: its address is shown in full, and it is approved when done', async () => {
    const { start, chat, cli, answer } = await asking(PAGE);
    const id = await start();
    expect((await cli('approvals', 'show', id)).stdout).toContain('\nPage: https://example.com/in\n');
    const conversation = chat();
    await conversation.until(/https:\/\/example\.com\/in\n {2}\/approve when done, or \/deny with a reason/);
    conversation.type('/approve');
    expect(await answer()).toBe('It says approved {}');
    conversation.process.stdin.end();
    await conversation.ended;
  });

  it('is declined, and announced on stderr to a client that waits for the answer', async () => {
    const { start, cli, answer } = await asking(FORM);
    const id = await start();
    const waiting = cli('send', 's', 'go', '--id', 'first', '--wait');
    expect((await cli('approvals', 'deny', id, '--note', 'no')).stdout).toBe(
      'Declined: Where to? (session s)\n',
    );
    expect(await answer()).toBe('It says denied null');
    const { stdout, code } = await waiting;
    expect({ stdout, code }).toEqual({ stdout: 'It says denied null\n', code: 0 });
  });
});
