import { createNodeClient } from '../../client/node.ts';
import { describeProblem } from '../../errors/config.ts';
import type { Status } from '../../protocol/daemon.ts';
import type { UsageTotalsBody } from '../../protocol/usage/usage.ts';
import { readSupervisorStatus } from '../../supervisor/host/status-file.ts';
import { print, printJson } from '../../terminal/output.ts';
import { applyStyle, type Style } from '../../terminal/style.ts';
import { toOneLine } from '../../terminal/text.ts';
import { formatRelativeTime } from '../../terminal/time.ts';
import { toVisibleLine, toVisibleText } from '../../util/visible-text.ts';
import { formatHandover } from '../handovers/page.ts';
import { hasEnded, summarizeHandover } from '../handovers/words.ts';
import type { CliContext } from '../kit/context.ts';
import { describeUsage, readUsageTotals } from '../kit/cost.ts';

const DAY = 24 * 3_600_000;

export async function printStatus({ target, json, home }: CliContext): Promise<void> {
  const client = createNodeClient(target);
  const found = await client.getStatus();
  if (json) return printJson(found);
  const address = 'url' in target ? target.url : readSupervisorStatus(home)?.address;
  const now = Date.now();
  const usage = await readUsageTotals(client, { since: now - DAY });
  for (const line of formatStatus(found, usage, address, now)) print(line);
  for (const line of formatRunningHandover(found, now)) print(line);
}

function formatStatus(
  found: Status,
  usage: UsageTotalsBody | null,
  address: string | undefined,
  now: number,
): string[] {
  const {
    version,
    mode,
    reasons,
    generation,
    revision,
    config,
    agents = [],
    mcp,
    sessions,
    waiting,
    handover,
  } = found;
  const colour: Style = mode === 'normal' ? 'green' : 'red';
  const counts = Object.entries(sessions).filter(([, count]) => count > 0);
  const facts = [
    ['midturn', `${version}, ${applyStyle(colour, mode === 'normal' ? mode : mode.toUpperCase())}`],
    ...reasons.map((reason) => ['', applyStyle('yellow', toVisibleText(reason))]),
    ...listConfigProblems(config.problem, mode === 'rescue' ? null : revision.number, now),
    ...listWarnings(config.warnings),
    ['generation', `${generation.number}, started ${formatRelativeTime(generation.startedAt, now)}`],
    ['revision', `${revision.number} (${revision.state})`],
    ...listAgents(agents),
    ...listMcpServers(mcp),
    ['sessions', counts.map(([name, count]) => `${count} ${name}`).join(', ') || 'none'],
    ...waiting.map((each, index) => [index === 0 ? 'waiting' : '', describeWaiting(each, now)]),
    ...(usage === null ? [] : [['last day', describeUsage(usage)]]),
    ['handover', handover === null ? 'none yet' : summarizeHandover(handover, now)],
    ...(address === undefined ? [] : [['address', address]]),
  ];
  return facts.map(([name = '', value]) => `${applyStyle('dim', name.padEnd(11))} ${value}`);
}

/** Describes what a session waits for and what the operator can do, such as deciding an approval. */
function describeWaiting(
  { session, waitsFor, retryAt, limit }: Status['waiting'][number],
  now: number,
): string {
  const name = toOneLine(session, 60);
  if (limit !== undefined) {
    return `${name}: a decision whether its turn may continue at limits.${toVisibleLine(limit)}; see \`midturn approvals ls\``;
  }
  if (waitsFor === 'approval') return `${name}: an approval; see \`midturn approvals ls\``;
  if (waitsFor === 'child') return `${name}: the result of a delegated session`;
  const when = retryAt === null ? '' : `, ${formatRelativeTime(retryAt, now)}`;
  return `${name}: a retry of its model call${when}; see \`midturn sessions show\``;
}

/** Maximum number of sessions listed for a running handover, besides the ones that still hold it up. */
const SESSION_LIMIT = 20;

/** Formats the handover in progress, with its phases and sessions; empty when none is running. */
function formatRunningHandover({ handover }: Status, now: number): string[] {
  return handover && !hasEnded(handover) ? ['', ...formatHandover(handover, now, SESSION_LIMIT)] : [];
}

/**
 * Describes a configuration file that is not in use: since when, which revision is active instead (`active`, null in
 * rescue mode), and each problem in the format of `midturn config check`.
 */
function listConfigProblems(
  problem: Status['config']['problem'],
  active: number | null,
  now: number,
): string[][] {
  if (problem === null) return [];
  const { message, problems, since } = problem;
  const what = problems.length > 0 ? 'became invalid' : 'was rejected';
  const still = active === null ? '' : `; revision ${active} is still active`;
  const heading = `midturn.jsonc ${what} ${formatRelativeTime(since, now)}${still}`;
  const details = problems.map(({ path, line, column, message: text, hint }) => {
    const place = [`midturn.jsonc:${line}:${column}`, path].filter(Boolean).join(' ');
    return `${place}: ${hint === undefined ? text : `${text}; ${hint}`}`;
  });
  const lines = details.length > 0 ? details : [message];
  return [
    ['config', applyStyle('red', heading)],
    ...lines.map((line) => ['', applyStyle('yellow', toOneLine(line, 1000))]),
  ];
}

/** Formats warnings of the active configuration: keys that are valid but probably not what the operator meant. */
function listWarnings(warnings: Status['config']['warnings'] = []): string[][] {
  return warnings.map((each) => {
    const text = `warning: ${describeProblem('midturn.jsonc', each)}`;
    return ['', applyStyle('yellow', toOneLine(text, 1000))];
  });
}

/** Formats one line for each agent whose model is not offered all of its tools, with the reason. */
function listAgents(agents: NonNullable<Status['agents']>): string[][] {
  const lacking = agents.filter(({ leftOut }) => leftOut.length > 0);
  return lacking.map(({ agent, tools, leftOut }, index) => {
    const names = leftOut.slice(0, NAME_LIMIT).map(({ tool }) => tool);
    const more = leftOut.length > NAME_LIMIT ? [`${leftOut.length - NAME_LIMIT} more`] : [];
    const what = `${agent}, ${tools} tools, left out: ${[...names, ...more].join(', ')} (${leftOut[0]?.why})`;
    return [index === 0 ? 'agents' : '', applyStyle('yellow', toOneLine(what, 400))];
  });
}

const NAME_LIMIT = 5;

/** Formats one line for each MCP server: its number of tools, or its state and error. */
function listMcpServers(servers: Status['mcp']): string[][] {
  return servers.map(({ server, state, error, tools }, index) => {
    const ready = state === 'ready';
    const count = `${tools} ${tools === 1 ? 'tool' : 'tools'}`;
    const why = error === undefined ? '' : toOneLine(error, 200);
    const trouble = state === 'needs_login' ? why : `${state}${why && `: ${why}`}`;
    const what = ready ? `ready, ${count}` : trouble;
    return [index === 0 ? 'mcp' : '', `${server}, ${ready ? what : applyStyle('yellow', what)}`];
  });
}
