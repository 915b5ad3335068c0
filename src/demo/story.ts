import { type DemoChange, handoverChange, liveChange } from './changes.ts';
import { type Gate, renderGate } from './daemon/gates.ts';

/**
 * Script of the demo: the daemon's configuration and the scripted answers in it. Every tool call with a side effect
 * appends a line `ran <name>` to a file when it runs, so that runs are counted outside the daemon.
 */
export const WORKER = 'work/release';
export const CHATS = ['chat/ada', 'chat/ben', 'chat/cleo', 'chat/dan', 'chat/eve'] as const;
export const TASK = 'Please ship release 2.0.';

/** Files in the working folder to which the tool calls append their `ran <name>` lines. */
export const TALLY_FILES = ['ran.txt', 'notes.txt'] as const;
/** Name of the shell command that keeps running across the handover and the first kill. */
export const LONG_COMMAND = 'tests';

/** Returns the name under which a call records its runs; undefined for calls without side effects. */
export function findCallName(input: unknown): string | undefined {
  return /\bran ([a-z]+)/.exec(JSON.stringify(input) ?? '')?.[1];
}

const shellCall = (name: string, command: string) => ({
  name: 'shell',
  input: { command: `echo 'ran ${name}' >> ran.txt; ${command}` },
});
const gatedCall = (name: Gate) => shellCall(name, renderGate(name));
const fileCall = (tool: string, path: string, more: object = {}) => ({
  name: tool,
  input: { path, ...more },
});
const configCall = ({ patch }: DemoChange) => ({ name: 'config', input: { action: 'set', patch } });

const WORK_STEPS = [
  {
    text: 'First a plan.',
    tools: [
      fileCall('write_file', 'plan.txt', { content: 'test, pack, publish\n' }),
      fileCall('write_file', 'notes.txt', { content: 'Release 2.0\nEND\n' }),
      shellCall('prepare', 'mkdir -p pack'),
    ],
  },
  {
    text: 'The chats deserve a friendlier model.',
    tools: [fileCall('read_file', 'plan.txt'), configCall(liveChange)],
  },
  {
    text: 'While the tests run, I change the address of my own daemon.',
    tools: [gatedCall('tests'), configCall(handoverChange)],
  },
  {
    text: 'All green. I add that to the notes.',
    tools: [fileCall('edit_file', 'notes.txt', { old: 'END', new: 'ran edit\nEND' })],
  },
  { text: 'Packing.', tools: [gatedCall('pack'), fileCall('read_file', 'notes.txt')] },
  {
    text: 'Does anything still say 1.9?',
    tools: [{ name: 'search_files', input: { pattern: '1\\.9' } }],
  },
  { text: 'No. Signing.', tools: [gatedCall('sign'), fileCall('list_files', '.')] },
  {
    text: 'The tests have passed, the notes say so, and everything is packed and signed. I add the checksum, and then I publish, exactly once.',
    tools: [shellCall('checksum', 'cksum plan.txt > pack/sum'), shellCall('publish', 'echo published')],
  },
  { text: 'Release 2.0 is out.' },
];

/** Number of the model call during which everything is killed: the one with the longest text. */
export const LONG_ANSWER =
  1 +
  WORK_STEPS.findIndex(({ text }) => text.length === Math.max(...WORK_STEPS.map((step) => step.text.length)));

/** Creates the content of the demo's midturn.jsonc, with scripted models instead of a provider. */
export function createDemoConfig(): object {
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
          work: WORK_STEPS.map((step) => ({ ...step, delay: '100ms', tokenDelay: '50ms' })),
        },
      },
    },
  };
}
