import { type Change, handoverChange, liveChange } from './changes.ts';
import { type Gate, waitAt } from './daemon/gates.ts';

/**
 * Script of the demo: the daemon's configuration and the scripted answers in it. Every tool call with a side effect
 * appends a line `ran <name>` to a file when it runs, so that runs are counted outside the daemon.
 */
export const WORKER = 'work/release';
export const CHATS = ['chat/ada', 'chat/ben', 'chat/cleo', 'chat/dan', 'chat/eve'] as const;
export const TASK = 'Please ship release 2.0.';

/** Files in the working folder to which the tool calls append their `ran <name>` lines. */
export const TALLIES = ['ran.txt', 'notes.txt'] as const;
/** Name of the shell command that keeps running across the handover and the first kill. */
export const LONG_COMMAND = 'tests';

/** Returns the name under which a call records its runs; undefined for calls without side effects. */
export function nameOfCall(input: unknown): string | undefined {
  return /\bran ([a-z]+)/.exec(JSON.stringify(input) ?? '')?.[1];
}

const shell = (name: string, command: string) => ({
  name: 'shell',
  input: { command: `echo 'ran ${name}' >> ran.txt; ${command}` },
});
const gated = (name: Gate) => shell(name, waitAt(name));
const file = (tool: string, path: string, more: object = {}) => ({ name: tool, input: { path, ...more } });
const config = ({ patch }: Change) => ({ name: 'config', input: { action: 'set', patch } });

const work = [
  {
    text: 'First a plan.',
    tools: [
      file('write_file', 'plan.txt', { content: 'test, pack, publish\n' }),
      file('write_file', 'notes.txt', { content: 'Release 2.0\nEND\n' }),
      shell('prepare', 'mkdir -p pack'),
    ],
  },
  {
    text: 'The chats deserve a friendlier model.',
    tools: [file('read_file', 'plan.txt'), config(liveChange)],
  },
  {
    text: 'While the tests run, I change the address of my own daemon.',
    tools: [gated('tests'), config(handoverChange)],
  },
  {
    text: 'All green. I add that to the notes.',
    tools: [file('edit_file', 'notes.txt', { old: 'END', new: 'ran edit\nEND' })],
  },
  { text: 'Packing.', tools: [gated('pack'), file('read_file', 'notes.txt')] },
  {
    text: 'Does anything still say 1.9?',
    tools: [{ name: 'search_files', input: { pattern: '1\\.9' } }],
  },
  { text: 'No. Signing.', tools: [gated('sign'), file('list_files', '.')] },
  {
    text: 'The tests have passed, the notes say so, and everything is packed and signed. I add the checksum, and then I publish, exactly once.',
    tools: [shell('checksum', 'cksum plan.txt > pack/sum'), shell('publish', 'echo published')],
  },
  { text: 'Release 2.0 is out.' },
];

/** Number of the model call during which everything is killed: the one with the longest text. */
export const LONG_ANSWER =
  1 + work.findIndex(({ text }) => text.length === Math.max(...work.map((step) => step.text.length)));

/** Creates the content of the demo's midturn.jsonc, with scripted models instead of a provider. */
export function demoConfig(): object {
  const answer = (text: string) => [{ text, delay: '100ms', tokenDelay: '10ms' }];
  return {
    listen: '127.0.0.1:0',
    agents: {
      // No call needs an approval in the demo; a real agent asks before it writes files or runs commands.
      worker: { model: 'scripted/work', tools: { '*': 'allow' } },
      chat: { model: 'scripted/chat', tools: [] },
    },
    defaultAgent: 'chat',
    tools: { config: { enabled: true, keys: [liveChange.key, handoverChange.key] } },
    // A short trial, so that the agent's changes are accepted before the first kill.
    handover: { trial: '1s' },
    logging: { format: 'json' },
    providers: {
      scripted: {
        type: 'scripted',
        scripts: {
          chat: answer('You said: {input}'),
          friendly: answer('Thank you for saying: {input}'),
          work: work.map((step) => ({ ...step, delay: '100ms', tokenDelay: '50ms' })),
        },
      },
    },
  };
}
