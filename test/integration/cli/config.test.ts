import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfiguredHome } from '../../support/configured.ts';
import { type HttpWorld, startHttp } from '../../support/http.ts';
import { UNREADABLE } from '../../support/unreadable.ts';
import { midturn, temporaryHome } from './midturn.ts';

const SOURCE = `{
  // who may come in
  "auth": { "tokens": ["a-literal-token-123"] },
  "agents": { "main": { "model": "scripted/echo", "instructions": "Be brief." } }
}
`;

let world: HttpWorld | undefined;
let configured: ConfiguredHome;

/** A home whose daemon answers; the command line is told where. */
async function running(
  source = SOURCE,
): Promise<(args: string[], input?: string, env?: object) => ReturnType<typeof midturn>> {
  configured = new ConfiguredHome(source);
  world = await startHttp(configured.option);
  // What an editor left behind goes with the home.
  const url = { MIDTURN_URL: world.url, TMPDIR: configured.home.root };
  return (args, input = '', env = {}) =>
    midturn(configured.home.root, args, { input, env: { ...url, ...env } });
}

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** An editor that puts one text in the place of another; the next time, the next two. */
function editor(...edits: [from: string, to: string][]): string {
  const folder = temporaryHome();
  const path = join(folder, 'editor.mjs');
  const code = `
    import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    const edits = ${JSON.stringify(edits)};
    const count = ${JSON.stringify(join(folder, 'count'))};
    const time = existsSync(count) ? Number(readFileSync(count, 'utf8')) : 0;
    writeFileSync(count, String(time + 1));
    const file = process.argv.at(-1);
    const [from, to] = edits[Math.min(time, edits.length - 1)];
    writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));`;
  writeFileSync(path, code);
  return `${process.execPath} ${path}`;
}

describe('with a daemon', () => {
  it('[K4] shows the file with its comments, without secrets, and a revision', async () => {
    const run = await running();
    const { stdout } = await run(['config', 'show']);
    expect(stdout).toBe(SOURCE.replace('a-literal-token-123', '[redacted]'));
    const json = await run(['config', 'show', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ agents: { main: { instructions: 'Be brief.' } } });
    expect((await run(['config', 'show', '--revision', '1'])).stdout).toBe(stdout);
    const none = await run(['config', 'show', '--revision', '9']);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/no revision 9/) });
  });

  it('[E11] sets and unsets keys, and prints the effect', async () => {
    const run = await running();
    const set = await run(['config', 'set', 'agents.main.instructions', 'Be thorough.']);
    expect(set).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Revision 2 is active (agents.main.instructions); sessions use it from their next step.\n',
    });
    expect(configured.text).toBe(SOURCE.replace('Be brief.', 'Be thorough.'));
    const number = await run(['config', 'set', 'limits.turns', '5', '--json']);
    expect(JSON.parse(number.stdout)).toMatchObject({ revision: 3, keys: ['limits.turns'], daemon: true });
    await run(['config', 'unset', 'limits.turns']);
    expect(configured.text).not.toContain('"turns"');
    const listen = await run(['config', 'set', 'listen', '127.0.0.1:7000']);
    expect(listen.stdout).toMatch(
      /^Saved\. A new generation is taking over to apply it \(listen\).*`midturn handovers 7`/,
    );
  });

  it('[E7] says what is wrong with a change, with line and column, and ends with 78', async () => {
    const run = await running();
    const { code, stdout, stderr } = await run(['config', 'set', 'agents.main.modle', 'x']);
    expect({ code, stdout }).toEqual({ code: 78, stdout: '' });
    expect(stderr).toMatch(
      /^midturn\.jsonc:\d+:\d+ agents\.main\.modle: unknown key; did you mean "model"\?\n$/,
    );
    expect(configured.text).toBe(SOURCE);
  });

  it('[E6] plans a file before it is used', async () => {
    const run = await running();
    const other = join(configured.home.root, 'other.jsonc');
    writeFileSync(other, SOURCE.replace('Be brief.', 'Be thorough.'));
    const plan = await run(['config', 'plan', other]);
    expect(plan.stdout).toBe(
      '~ agents.main.instructions: "Be brief." → "Be thorough." (live)\nAt once: sessions use it from their next step on.\n',
    );
    const stdin = await run(['config', 'plan', '-', '--json'], '{ "listen": "127.0.0.1:1" }');
    expect(JSON.parse(stdin.stdout)).toMatchObject({ apply: 'handover', daemon: true });
    expect(await run(['config', 'plan'])).toMatchObject({
      code: 0,
      stdout: 'No changes: the configuration means the same.\n',
    });
    expect((await run(['config', 'plan', '-'], '{')).code).toBe(78);
    expect((await run(['config', 'plan', 'nowhere'])).code).toBe(1);
  });

  it('[E14] shows the history, compares revisions and rolls back', async () => {
    const run = await running();
    await run(['config', 'set', 'agents.main.instructions', 'Be thorough.']);
    const { stdout } = await run(['config', 'history']);
    expect(stdout).toMatch(
      /^REVISION +STATE +ACCEPTED +CHANGES\n +2 +trial, runs .*instructions\n +1 +good /,
    );
    const json = await run(['config', 'history', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ current: 2, revisions: [{ number: 2 }, { number: 1 }] });
    const diff = await run(['config', 'diff', '1', '2']);
    expect(diff.stdout).toMatch(
      /^~ agents\.main\.instructions: "Be brief\." → "Be thorough\." \(live\)\n@@ .*\n-.*Be brief.*\n\+.*Be thorough/s,
    );
    expect((await run(['config', 'diff'])).stdout).toBe(
      'No difference in meaning: both configure the same values.\n',
    );
    const back = await run(['config', 'rollback', '1']);
    expect(back.stdout).toMatch(/^Revision 3 is active/);
    expect(configured.text).toBe(SOURCE);
    expect((await run(['config', 'rollback', '99'])).code).toBe(1);
  });
});

describe('the editor', () => {
  it('[E11] changes the file when it is valid and confirmed, and keeps masked secrets', async () => {
    const run = await running();
    const VISUAL = editor(['Be brief.', 'Be thorough.']);
    const { code, stdout, stderr } = await run(['config', 'edit'], 'y\n', { VISUAL });
    expect(stderr).toContain('~ agents.main.instructions: "Be brief." → "Be thorough." (live)');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Revision 2 is active/),
    });
    expect(configured.text).toBe(SOURCE.replace('Be brief.', 'Be thorough.'));
  });

  it('[E7] shows what is wrong, and opens again', async () => {
    const run = await running();
    const VISUAL = editor(['"model":', '"modle":'], ['"modle":', '"maxOutputTokens": 9, "model":']);
    const { code, stderr } = await run(['config', 'edit'], 'y\ny\n', { VISUAL });
    expect(stderr).toMatch(/midturn\.jsonc:4:\d+ agents\.main\.modle: unknown key/);
    expect(stderr).toContain('Edit again?');
    expect(code).toBe(0);
    expect(configured.text).toContain('"maxOutputTokens": 9');
  });

  it('keeps the edited text when it is not applied', async () => {
    const run = await running();
    const VISUAL = editor(['Be brief.', 'Be thorough.']);
    const refused = await run(['config', 'edit'], 'n\n', { VISUAL });
    expect(refused.code).toBe(1);
    const copy = /What was edited is in (\S+midturn\.jsonc)/.exec(refused.stderr)?.[1] ?? '';
    expect(readFileSync(copy, 'utf8')).toContain('Be thorough.');
    expect(readFileSync(copy, 'utf8')).not.toContain('literal');
    expect(statSync(copy).mode & 0o077).toBe(0);
    expect(configured.text).toBe(SOURCE);
  });

  it('asks nothing with --yes, and nothing when nothing was changed', async () => {
    const run = await running();
    const same = await run(['config', 'edit'], '', { VISUAL: editor(['x', 'x']) });
    expect(same).toMatchObject({ code: 0, stdout: 'No changes made.\n' });
    const VISUAL = editor(['Be brief.', 'Be quick.']);
    expect((await run(['config', 'edit', '--yes'], '', { VISUAL })).code).toBe(0);
    expect(configured.text).toContain('Be quick.');
    const broken = await run(['config', 'edit', '--yes'], '', { VISUAL: editor(['{', '']) });
    expect(broken.code).toBe(78);
    const copies = () => readdirSync(configured.home.root).filter((name) => name.startsWith('midturn-edit-'));
    const kept = copies();
    const left = await run(['config', 'edit'], '', { VISUAL: 'false' });
    expect(left).toMatchObject({ code: 1, stderr: expect.stringMatching(/editor `false` ended with 1/) });
    expect(copies()).toEqual(kept);
  });

  it('[E11] does not overwrite a change that another operator saved meanwhile', async () => {
    const run = await running();
    const file = configured.home.config;
    const VISUAL = `${editor(['Be brief.', 'Be thorough.'])} "$1"; sed -i s/who/those.who/ ${file}; :`;
    const { code, stderr } = await run(['config', 'edit'], 'y\n', { VISUAL });
    expect({ code, told: /What was edited is in/.test(stderr) }).toEqual({ code: 4, told: true });
    expect(configured.text).toContain('those.who');
    expect(configured.text).toContain('Be brief.');
  });
});

describe('without a daemon', () => {
  it('[E11] the file is checked and written, and the output says that no daemon runs', async () => {
    const home = join(temporaryHome(), 'new');
    const set = await midturn(home, ['config', 'set', 'limits.turns', '5']);
    expect(set).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Saved. No daemon runs on this home; the change takes effect at the next start.\n',
    });
    const file = join(home, 'midturn.jsonc');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ limits: { turns: 5 } });
    expect(statSync(file).mode & 0o077).toBe(0);
    const wrong = await midturn(home, ['config', 'set', 'limits.turns', 'many']);
    expect(wrong).toMatchObject({ code: 78, stderr: expect.stringMatching(/limits\.turns: expected/) });
    const plan = await midturn(home, ['config', 'plan']);
    expect(plan.stdout).toMatch(/^~ limits\.turns: 64 → 5 \(live\)\nNo daemon runs/);
    const edited = await midturn(home, ['config', 'edit', '--yes'], { env: { VISUAL: editor(['5', '6']) } });
    expect(edited.stdout).toMatch(/^Saved\. No daemon runs/);
    expect((await midturn(home, ['config', 'unset', 'limits.turns', '--json'])).code).toBe(0);
    expect(existsSync(join(home, 'run'))).toBe(false);
  });

  it('opens a commented template on a home without a file', async () => {
    const home = join(temporaryHome(), 'new');
    const same = await midturn(home, ['config', 'edit', '--yes'], { env: { VISUAL: editor(['none', '']) } });
    expect(same.stdout).toBe('No changes made.\n');
    expect(existsSync(join(home, 'midturn.jsonc'))).toBe(false);
    const edited = await midturn(home, ['config', 'edit', '--yes'], {
      env: { VISUAL: editor(['Be brief.', 'Be kind.']) },
    });
    expect(edited).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Saved\./) });
    const written = readFileSync(join(home, 'midturn.jsonc'), 'utf8');
    expect(written).toContain('Be kind.');
    expect(written).toContain('// Where models come from.');
  });

  it('[E14] revisions of earlier runs are there', async () => {
    configured = new ConfiguredHome(SOURCE);
    const home = configured.home.root;
    configured.writeSource('{}');
    expect((await midturn(home, ['config', 'history'])).stdout).toMatch(/ 1 +good /);
    expect((await midturn(home, ['config', 'show', '--revision', '1'])).stdout).toContain('[redacted]');
    expect((await midturn(home, ['config', 'diff', '1'])).stdout).toMatch(/^~ auth\.tokens: .* → \[\] /);
    expect((await midturn(home, ['config', 'rollback', '1'])).stdout).toMatch(/^Saved/);
    expect(configured.text).toBe(SOURCE);
    expect((await midturn(temporaryHome(), ['config', 'history'])).stdout).toMatch(/^No revisions yet/);
  });

  it('check reads from stdin too', async () => {
    const home = temporaryHome();
    expect(await midturn(home, ['config', 'check', '-'], { input: '{}' })).toMatchObject({ code: 0 });
    const { code, stderr } = await midturn(home, ['config', 'check', '-'], { input: '{ "listn": 1 }' });
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: 'stdin:1:3 listn: unknown key; did you mean "listen"?\n',
    });
  });

  it('[E8] a broken file is fixed in the editor', async () => {
    const home = temporaryHome();
    writeFileSync(join(home, 'midturn.jsonc'), SOURCE.replace('"agents":', '"agents"'));
    chmodSync(join(home, 'midturn.jsonc'), 0o600);
    const VISUAL = editor(['"agents"', '"agents":']);
    expect((await midturn(home, ['config', 'edit', '--yes'], { env: { VISUAL } })).code).toBe(0);
    expect(readFileSync(join(home, 'midturn.jsonc'), 'utf8')).toBe(SOURCE);
  });
});

describe.each(UNREADABLE)('a file that cannot be read as text: %s', (_, contentOf) => {
  const content = contentOf(SOURCE);
  const CHANGES = [
    ['config', 'set', 'limits.turns', '9'],
    ['config', 'unset', 'limits.turns'],
    ['config', 'edit', '--yes'],
  ];

  it('[E11] is left alone by every change of a part, with a daemon', async () => {
    const run = await running();
    configured.writeSource(content);
    for (const args of CHANGES) {
      const { code, stderr } = await run(args, '', { VISUAL: editor(['', '{}']) });
      expect({ args, code, stderr }).toMatchObject({ code: 78, stderr: expect.stringMatching(REFUSED) });
    }
    expect(await run(['config', 'plan'])).toMatchObject({ code: 78 });
    expect(configured.bytes.equals(content)).toBe(true);
    expect(await run(['config', 'rollback', '1'])).toMatchObject({ code: 0 });
    expect(configured.text).toBe(SOURCE);
  });

  it('[E11] is left alone by every change of a part, without a daemon', async () => {
    const home = temporaryHome();
    const file = join(home, 'midturn.jsonc');
    writeFileSync(file, content);
    for (const args of CHANGES) {
      const { code, stderr } = await midturn(home, args, { env: { VISUAL: editor(['', '{}']) } });
      expect({ args, code, stderr }).toMatchObject({ code: 78, stderr: expect.stringMatching(REFUSED) });
    }
    expect(readFileSync(file).equals(content)).toBe(true);
  });
});

const REFUSED = /(is not UTF-8|is larger than 1 MB).*Nothing was written.*Fix the file/s;

describe('an input in another encoding', () => {
  it('[E7] is refused, and a text that the editor saved in one is edited again', async () => {
    const run = await running();
    const other = join(configured.home.root, 'other.jsonc');
    writeFileSync(other, Buffer.from(SOURCE.replace('Be brief.', 'Gr\u00fc\u00dfe'), 'latin1'));
    const plan = await run(['config', 'plan', other]);
    expect(plan).toMatchObject({ code: 2, stderr: expect.stringContaining('other.jsonc is not UTF-8') });
    const VISUAL = `cp ${other} "$1"; :`;
    const edited = await run(['config', 'edit', '--yes'], '', { VISUAL });
    expect(edited).toMatchObject({ code: 2, stderr: expect.stringContaining('What was edited is in') });
    expect(configured.text).toBe(SOURCE);
  });
});
