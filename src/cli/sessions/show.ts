import { readLastMessages } from '../../client/history.ts';
import { createNodeClient } from '../../client/node.ts';
import { formatFile } from '../../protocol/content.ts';
import type { SessionBody } from '../../protocol/sessions.ts';
import type { UsageTotalsBody } from '../../protocol/usage/usage.ts';
import { print, printJson } from '../../terminal/output.ts';
import { applyStyle } from '../../terminal/style.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { toVisibleText } from '../../util/visible-text.ts';
import type { CliContext } from '../kit/context.ts';
import { describeUsage, readUsageTotals } from '../kit/cost.ts';

/** Prints the state of a session and its latest messages in full; with `--json`, the state only. */
export async function showSession(
  { target, json }: CliContext,
  session: string,
  count: number,
): Promise<void> {
  const client = createNodeClient(target);
  const view = await client.getSession(session);
  if (json) return printJson(view);
  const usage = await readUsageTotals(client, { session });
  for (const line of formatSession(view, usage, Date.now())) print(line);
  const messages = view.damaged === null ? await readLastMessages(client, view, count) : [];
  for (const { role, text, tool, calls, files = [] } of messages) {
    const who = role === 'tool' ? (tool ?? 'tool') : role;
    const asked = (calls ?? []).map((call) => `[${call.tool}]`);
    const parts = [text, ...files.map(formatFile), ...asked].filter(Boolean);
    const [first = '', ...rest] = toVisibleText(parts.join('\n')).split('\n');
    print(`  ${applyStyle('dim', `${toOneLine(who, 128)}:`)} ${first}`.trimEnd());
    for (const line of rest) print(`    ${line}`.trimEnd());
  }
}

function formatSession(view: SessionBody, usage: UsageTotalsBody | null, now: number): string[] {
  const { session, agent, status, seq, createdAt, updatedAt, turn, pending, last, quarantine, damaged } =
    view;
  const facts: [string, string][] = [
    ['session', toOneLine(session, 600)],
    ['agent', agent],
    ['status', damaged === null ? status : 'damaged'],
    ['position', String(seq)],
    ['created', formatRelativeTime(createdAt, now)],
    ['updated', formatRelativeTime(updatedAt, now)],
  ];
  if (turn) facts.push(['turn', `${turn.number}, started ${formatRelativeTime(turn.startedAt, now)}`]);
  if (turn?.used) facts.push(['used', describeUse(turn.used)]);
  if (usage && usage.calls > 0) facts.push(['usage', describeUsage(usage)]);
  if (turn?.retryAt) facts.push(['next try', formatRelativeTime(turn.retryAt, now)]);
  if (pending.length > 0) facts.push(['waiting', `${pending.length} messages`]);
  if (last) facts.push(['last turn', [last.outcome, last.reason].filter(Boolean).join(': ')]);
  if (quarantine)
    facts.push([
      'quarantine',
      `${quarantine.reason} (\`midturn sessions release ${session}\` lets it run again)`,
    ]);
  if (damaged !== null)
    facts.push(['damage', `${damaged} (\`midturn sessions export ${session}\` prints what can be read)`]);
  return facts.map(([name, value]) => `${applyStyle('dim', name.padEnd(10))} ${toOneLine(value, 2000)}`);
}

function describeUse({ modelCalls, toolCalls, tokens, time, repeats }: TurnUsage): string {
  const loop = repeats > 0 ? `, the last ${repeats} tool calls had no new results` : '';
  const calls = `${modelCalls} model ${modelCalls === 1 ? 'call' : 'calls'}, ${toolCalls} tool ${toolCalls === 1 ? 'call' : 'calls'}`;
  return `${calls}, ${tokens} tokens, ${Math.round(time / 1000)} s of work${loop}`;
}

type TurnUsage = NonNullable<NonNullable<SessionBody['turn']>['used']>;
