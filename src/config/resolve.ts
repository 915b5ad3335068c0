import type { Home } from '../util/home.ts';
import { nearest } from '../util/nearest.ts';
import { formatAddress, isLoopback } from './address.ts';
import { resolvePath } from './paths.ts';
import type { Finding } from './problems.ts';
import type { ParsedConfig } from './schema.ts';

type Limits = ParsedConfig['limits'];
type ParsedAgent = ParsedConfig['agents'][string];

/** Limits that an agent may have for itself. */
export type AgentLimits = Pick<Limits, 'parallelTools' | 'modelAttempts' | 'crashAttempts' | 'toolOutput'>;

export interface AgentConfig extends Omit<ParsedAgent, 'limits'> {
  /** Complete: the agent's own, else the general ones. */
  limits: AgentLimits;
}

/**
 * The configuration as the daemon uses it. Durations are in milliseconds, sizes in bytes, paths absolute; names
 * that are referred to exist. Records have no prototype, so that a name from outside finds an entry or nothing.
 */
export interface Config extends Omit<ParsedConfig, '$schema' | 'agents' | 'defaultAgent' | 'tools'> {
  agents: Record<string, AgentConfig>;
  defaultAgent: string;
  tools: {
    shell: ParsedConfig['tools']['shell'] & { cwd: string };
    files: ParsedConfig['tools']['files'] & { roots: string[] };
    http: ParsedConfig['tools']['http'];
  };
}

/** Fills in what depends on the home or on other keys. */
export function resolveConfig(parsed: ParsedConfig, home: Home): Config {
  const { $schema: _, agents, defaultAgent, tools, limits, ...rest } = parsed;
  const { shell, files, http } = tools;
  return {
    ...rest,
    limits,
    providers: withScripted(parsed.providers),
    agents: record(Object.entries(agents).map(([name, agent]) => [name, ownLimits(agent, limits)])),
    defaultAgent: defaultAgent ?? impliedAgent(parsed) ?? '',
    tools: {
      shell: { ...shell, env: record(Object.entries(shell.env)), cwd: at(home, shell.cwd) },
      files: { ...files, roots: files.roots?.map((path) => at(home, path)) ?? [home.work] },
      http,
    },
  };
}

/** What is wrong although every key by itself is right. */
export function crossCheck(parsed: ParsedConfig): Finding[] {
  return [
    ...checkListen(parsed),
    ...checkAgents(parsed),
    ...checkDefaultAgent(parsed),
    ...checkGraces(parsed),
  ];
}

function checkListen({ listen, auth }: ParsedConfig): Finding[] {
  if (isLoopback(listen.host) || auth.tokens.length > 0) return [];
  return [
    {
      path: ['listen'],
      at: 'value',
      message: `${formatAddress(listen)} can be reached from other machines and there is no token`,
      hint: `add one to "auth.tokens", or listen on ${formatAddress({ ...listen, host: '127.0.0.1' })}`,
    },
  ];
}

function checkAgents({ agents, providers }: ParsedConfig): Finding[] {
  const names = Object.keys(withScripted(providers));
  return Object.entries(agents).flatMap(([name, { model }]): Finding[] => {
    const provider = model.slice(0, model.indexOf('/'));
    if (names.includes(provider)) return [];
    const meant = nearest(provider, names);
    const hint = meant ? `did you mean "${meant}"?` : `the providers are ${names.join(', ')}`;
    const message = `there is no provider "${provider}"`;
    return [{ path: ['agents', name, 'model'], at: 'value', message, hint }];
  });
}

function checkDefaultAgent(parsed: ParsedConfig): Finding[] {
  const names = Object.keys(parsed.agents);
  const chosen = parsed.defaultAgent ?? impliedAgent(parsed);
  if (chosen !== undefined && names.includes(chosen)) return [];
  const path = ['defaultAgent'];
  if (chosen === undefined) {
    const message = 'is missing: there are several agents and none is called "main"';
    return [{ path, at: 'value', message, hint: `choose one of ${names.join(', ')}` }];
  }
  const meant = nearest(chosen, names);
  const hint = meant ? `did you mean "${meant}"?` : `the agents are ${names.join(', ')}`;
  return [{ path, at: 'value', message: `there is no agent "${chosen}"`, hint }];
}

/** Budgets are nested: what is waited for inside has to end before what is around it. */
function checkGraces({ handover }: ParsedConfig): Finding[] {
  const graces = ['modelGrace', 'toolGrace'] as const;
  return graces
    .filter((grace) => handover[grace] >= handover.drainCap)
    .map((grace) => ({
      path: ['handover', grace],
      at: 'value',
      message: 'must be shorter than "handover.drainCap"',
      hint: 'shorten it or raise the cap',
    }));
}

function impliedAgent({ agents }: ParsedConfig): string | undefined {
  const names = Object.keys(agents);
  return names.includes('main') || names.length > 1 ? names.find((name) => name === 'main') : names[0];
}

/** The scripted provider needs no key and no network, so it is there even when nobody asked for it. */
function withScripted(providers: ParsedConfig['providers']): ParsedConfig['providers'] {
  return record(Object.entries({ scripted: { type: 'scripted', concurrency: 8 } as const, ...providers }));
}

function ownLimits(agent: ParsedAgent, general: Limits): AgentConfig {
  const { parallelTools, modelAttempts, crashAttempts, toolOutput } = general;
  const own = Object.entries(agent.limits).filter(([, value]) => value !== undefined);
  return {
    ...agent,
    tools: record(Object.entries(agent.tools)),
    limits: { parallelTools, modelAttempts, crashAttempts, toolOutput, ...Object.fromEntries(own) },
  };
}

function at(home: Home, path: string | undefined): string {
  return path === undefined ? home.work : resolvePath(path, home.root);
}

function record<T>(entries: [string, T][]): Record<string, T> {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}
