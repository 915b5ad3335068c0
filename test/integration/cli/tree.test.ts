import { spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cli/program.ts';
import { midturn, temporaryHome } from './midturn.ts';

const program = createProgram('1.2.3');
const commands = everyCommand(program);

describe('the command tree', () => {
  it('is what clients rely on', () => {
    expect(commands.filter(({ commands: below }) => below.length === 0).map(signature)).toEqual([
      'up',
      'start',
      'stop --timeout <duration>',
      'restart --reason <text> --wait --timeout <duration>',
      'status',
      'handovers [id] -n, --limit <count>',
      'logs -n, --lines <count> -f, --follow --session <id> --level <level> --since <duration>',
      'chat [session] --agent <name> --from <name>',
      'send <session> <text> --id <id> --mode <mode> --file <path> --from <name> --agent <name> --within <duration> --wait [seconds]',
      'approvals ls --all',
      'approvals show <id>',
      'approvals approve <id> --scope <scope> --set <name=value> --content <json> --note <text> --from <name>',
      'approvals deny <id> --note <text> --from <name>',
      'approvals grants',
      'approvals revoke <agent> <rule> --session <session>',
      'blobs get <session> <blob> -o, --output <path>',
      'sessions ls --status <status> --agent <name> --prefix <text> --order <order> --since <duration> -n, --limit <count>',
      'sessions show <session> -n, --messages <count>',
      'sessions effects <session> -n, --limit <count> --after <seq>',
      'sessions follow <session> --after <seq>',
      'sessions cancel <session> --reason <text>',
      'sessions export <session>',
      'sessions release <session>',
      'events --after <position> -n, --limit <count> -f, --follow --prefix <text> --type <types>',
      'usage --by <what> --since <duration> --session <id> --csv',
      'schedules ls',
      'schedules pause <name>',
      'schedules resume <name>',
      'schedules run <name> --id <id>',
      'reminders ls --session <session>',
      'reminders rm <id>',
      'mcp ls',
      'mcp login <name> --timeout <duration>',
      'mcp logout <name>',
      'config check [file]',
      'config plan [file]',
      'config show --revision <number>',
      'config edit --yes',
      'config set <path> <value>',
      'config unset <path>',
      'config history',
      'config diff [from] [to]',
      'config rollback <revision>',
      'doctor',
      'demo --keep',
      'service install --system --print',
      'completion <shell>',
    ]);
    expect(program.options.map(({ flags }) => flags)).toEqual([
      '-V, --version',
      '--home <dir>',
      '--json',
      '--url <url>',
      '--token <token>',
    ]);
  });

  it('describes every command, argument and option', () => {
    for (const command of commands) {
      expect(command.description(), signature(command)).not.toBe('');
      for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
      for (const option of command.options) expect(option.description, option.flags).not.toBe('');
    }
  });

  it('has help for every command', () => {
    for (const command of commands) {
      expect(command.helpInformation()).toMatch(/^Usage: midturn/);
      expect(command.helpInformation()).toContain('--home <dir>');
    }
  });

  it.each([['--help'], ['help'], ['sessions', '--help'], ['help', 'send'], ['--version'], ['-V']])(
    'answers %j and ends with 0',
    async (...args) => {
      const { code, stdout, stderr } = await midturn(temporaryHome(), args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(
        args.some((word) => /^-V|--version/.test(word)) ? /^\d+\.\d+\.\d+\n$/ : /^Usage/,
      );
    },
  );
});

describe('completion', () => {
  it('for bash completes commands, their options and fixed values', async () => {
    const { code, stdout } = await midturn(temporaryHome(), ['completion', 'bash']);
    expect(code).toBe(0);
    expect(complete(stdout, 'midturn', 'st')).toEqual(['start', 'stop', 'status']);
    expect(complete(stdout, 'midturn', 'sessions', 'e')).toEqual(['effects', 'export']);
    expect(complete(stdout, 'midturn', 'send', '--wa')).toEqual(['--wait']);
    expect(complete(stdout, 'midturn', 'logs', '--ho')).toEqual(['--home']);
    expect(complete(stdout, 'midturn', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it.each(['zsh', 'fish'])('for %s names every command', async (shell) => {
    const { code, stdout } = await midturn(temporaryHome(), ['completion', shell]);
    expect(code).toBe(0);
    for (const command of commands) expect(stdout).toContain(command.name());
  });
});

it('[K7] whatever is typed: a documented exit code, and never a stack trace', async () => {
  const word = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...vocabulary()) },
    {
      weight: 2,
      arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '')),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom('-', '--', '--=', '-n', '..', '/', '%00', '\n', '$(id)', '9'.repeat(400)),
    },
  );
  const argv = fc.array(word, { maxLength: 6 }).filter((words) => !words.some((each) => RUNS_ON.has(each)));
  const home = temporaryHome();
  await fc.assert(
    fc.asyncProperty(argv, async (args) => {
      const { code, stderr } = await midturn(home, args, { input: 'hello\n' });
      expect([0, 1, 2, 3, 4, 75, 78]).toContain(code);
      expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+/m);
      if (code !== 0) expect(stderr).not.toBe('');
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

/** Would start daemons. */
const RUNS_ON = new Set(['up', 'start', 'demo']);

function vocabulary(): string[] {
  const names = commands.map((command) => command.name()).filter((name) => !RUNS_ON.has(name));
  const options = commands.flatMap((command) => command.options.flatMap(({ long }) => long ?? []));
  // A home of the fuzzer's choice would be made for real.
  return [...new Set([...names, ...options])].filter((each) => each !== '--home');
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

function signature(command: Command): string {
  const path: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) path.unshift(at.name());
  const words = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  );
  return [...path, ...words, ...command.options.map(({ flags }) => flags)].join(' ');
}

/** What bash offers after these words. */
function complete(script: string, ...words: string[]): string[] {
  const quoted = words.map((each) => `'${each}'`).join(' ');
  const asked = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _midturn; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return spawnSync('bash', ['-c', asked], { encoding: 'utf8' }).stdout.trim().split('\n');
}
