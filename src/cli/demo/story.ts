/**
 * What the demo plays: the configuration of its daemon and the words in it. Every tool call that changes something
 * writes a line `ran <name>` by itself when it runs, so that runs are counted by the world and not by the daemon.
 */
export const WORKER = 'work/release';
export const CHATS = ['chat/ada', 'chat/ben'] as const;
export const TASK = 'Please ship release 2.0.';

/** The shell command in the middle of which the generation is killed counts to this, a second each. */
export const COUNT_TO = 4;
/** It writes its counts to this file of the working folder. */
export const COUNTS = 'counts.txt';
/** Files of the working folder with the lines `ran <name>`. */
export const TALLIES = ['ran.txt', 'notes.txt'] as const;
/** Name of that shell command in the tally. */
export const LONG_COMMAND = 'tests';

/** The name under which a call counts its runs; undefined for calls that change nothing by running again. */
export function nameOfCall(input: unknown): string | undefined {
  return /\bran ([a-z]+)/.exec(JSON.stringify(input) ?? '')?.[1];
}

/** A call in as few words as a person needs. */
export function labelOfCall(tool: unknown, input: unknown): string {
  const path = /"path":"([^"]+)"/.exec(JSON.stringify(input) ?? '')?.[1];
  return [tool, path ?? nameOfCall(input)].filter(Boolean).join(' ');
}

const shell = (name: string, command: string) => ({
  name: 'shell',
  input: { command: `echo 'ran ${name}' >> ran.txt; ${command}` },
});
const file = (tool: string, path: string, more: object = {}) => ({ name: tool, input: { path, ...more } });

const work = [
  {
    text: 'First a plan.',
    tools: [
      file('write_file', 'plan.txt', { content: 'test, pack, publish\n' }),
      file('write_file', 'notes.txt', { content: 'Release 2.0\nEND\n' }),
      shell('prepare', 'mkdir -p pack'),
    ],
  },
  { text: 'What is there?', tools: [file('read_file', 'plan.txt'), { name: 'list_files', input: {} }] },
  {
    text: 'The tests take a while.',
    tools: [
      shell(
        LONG_COMMAND,
        `for n in $(seq ${COUNT_TO}); do echo $n >> ${COUNTS}; echo "part $n passed"; sleep 1; done`,
      ),
      shell('lint', 'echo clean'),
      file('read_file', 'notes.txt'),
    ],
  },
  {
    text: 'All green; into the notes with it.',
    tools: [file('edit_file', 'notes.txt', { old: 'END', new: 'ran edit\nEND' })],
  },
  {
    text: 'The tests have passed and the notes say so. Next I pack everything that belongs to the release, write down a checksum for whoever wants to compare, and look once more before I publish.',
    tools: [shell('pack', 'cp plan.txt pack/'), shell('checksum', 'cksum plan.txt > pack/sum')],
  },
  { text: 'Does anything still say 1.9?', tools: [{ name: 'search_files', input: { pattern: '1\\.9' } }] },
  { text: 'No. Publishing, exactly once.', tools: [shell('publish', 'echo published')] },
  { text: 'Release 2.0 is out.' },
];

/** The model call during which everything is killed: the one that says the most. */
export const LONG_ANSWER =
  1 + work.findIndex(({ text }) => text.length === Math.max(...work.map((step) => step.text.length)));

/** Content of the demo's midturn.jsonc. */
export function demoConfig(): object {
  return {
    listen: '127.0.0.1:0',
    providers: {
      scripted: {
        type: 'scripted',
        scripts: {
          work: work.map((step) => ({ ...step, delay: '100ms', tokenDelay: '50ms' })),
          chat: [{ text: 'You said: {input}', delay: '100ms', tokenDelay: '10ms' }],
        },
      },
    },
    agents: { worker: { model: 'scripted/work' }, chat: { model: 'scripted/chat', tools: [] } },
    defaultAgent: 'chat',
    logging: { format: 'json' },
  };
}
