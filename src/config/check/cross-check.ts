import type { Home } from '../../util/home.ts';
import { nearest } from '../../util/nearest.ts';
import { formatAddress, isLoopback } from '../fields/address.ts';
import type { Finding } from '../fields/problems.ts';
import { impliedAgent, withScripted } from '../schema/resolve.ts';
import type { ParsedConfig } from '../schema/schema.ts';
import { checkAgentKeys } from './agent-keys.ts';
import { checkLogins } from './logins.ts';
import { checkSandbox } from './sandbox.ts';
import { checkSchedules } from './schedules.ts';

/** What a configuration runs on. */
interface Machine {
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /** Whether it ran here before: what the machine lacks now is no reason to begin with nothing at all. */
  given?: unknown;
}

/** What is wrong although every key by itself is right. */
export function crossCheck(parsed: ParsedConfig, machine: Machine): Finding[] {
  return [
    ...checkListen(parsed),
    ...checkPeople(parsed),
    ...checkProviders(parsed),
    ...checkAgents(parsed),
    ...checkDefaultAgent(parsed),
    ...checkGraces(parsed),
    ...checkSandbox(parsed, machine),
    ...checkAgentKeys(parsed),
    ...checkLogins(parsed),
    ...checkSchedules(parsed, (path, agent) => noSuch(path, 'agent', agent, Object.keys(parsed.agents))),
  ];
}

function checkListen({ listen, auth }: ParsedConfig): Finding[] {
  if (isLoopback(listen.host) || auth.tokens.length > 0 || Object.keys(auth.people).length > 0) return [];
  return [
    {
      path: ['listen'],
      at: 'value',
      message: `${formatAddress(listen)} can be reached from other machines and there is no token`,
      hint: `add one to "auth.tokens" or "auth.people", or listen on ${formatAddress({ ...listen, host: '127.0.0.1' })}`,
    },
  ];
}

/** Nobody could tell who it is. */
function checkPeople({ auth }: ParsedConfig): Finding[] {
  const owners = new Map(auth.tokens.map((token) => [token, '"auth.tokens"']));
  return Object.entries(auth.people).flatMap(([name, token]): Finding[] => {
    const owner = owners.get(token);
    owners.set(token, `"${name}"`);
    if (owner === undefined) return [];
    return [{ path: ['auth', 'people', name], at: 'value', message: `is the token of ${owner} too` }];
  });
}

/** A gateway of one's own, or a header, may do without a key; the provider itself never answers without. */
function checkProviders({ providers }: ParsedConfig): Finding[] {
  return Object.entries(providers).flatMap(([name, provider]): Finding[] => {
    if (provider.type === 'scripted' || provider.type === 'openai-compatible') return [];
    if (provider.apiKey || provider.baseUrl || provider.headers) return [];
    const hint = `write "\${env:${KEY_VARIABLES[provider.type]}}" and set that variable for the daemon`;
    return [{ path: ['providers', name, 'apiKey'], at: 'value', message: 'is missing', hint }];
  });
}

const KEY_VARIABLES = {
  openai: 'OPENAI_API_KEY',
  anthropic: 'ANTHROPIC_API_KEY',
  google: 'GOOGLE_GENERATIVE_AI_API_KEY',
} as const;

function checkAgents({ agents, providers }: ParsedConfig): Finding[] {
  const known = withScripted(providers);
  return Object.entries(agents).flatMap(([name, { model, maxOutputTokens, compaction }]): Finding[] => {
    const path = ['agents', name];
    const summaries =
      compaction.model === undefined
        ? []
        : checkModel([...path, 'compaction', 'model'], compaction.model, known);
    return [
      ...checkModel([...path, 'model'], model, known),
      ...summaries,
      ...checkWindow(path, compaction.window, maxOutputTokens),
    ];
  });
}

function checkModel(path: string[], model: string, known: ParsedConfig['providers']): Finding[] {
  const slash = model.indexOf('/');
  const [providerName, modelName] = [model.slice(0, slash), model.slice(slash + 1)];
  const provider = known[providerName];
  if (!provider) return [noSuch(path, 'provider', providerName, Object.keys(known))];
  const scripts = provider.type === 'scripted' ? [...BUILT_IN, ...Object.keys(provider.scripts ?? {})] : [];
  if (scripts.length === 0 || scripts.includes(modelName)) return [];
  return [noSuch(path, 'script', modelName, scripts)];
}

/** A window that answers fill alone has no room for a conversation. */
function checkWindow(path: string[], window: number, maxOutputTokens = 0): Finding[] {
  if (maxOutputTokens <= window / 2) return [];
  const message = `leaves less than half of the window (${window} tokens) for the conversation`;
  const hint = `lower it, or say in "compaction.window" how much the model takes`;
  return [{ path: [...path, 'maxOutputTokens'], at: 'value', message, hint }];
}

/** Scripts that every scripted provider has. */
const BUILT_IN = ['echo'];

function checkDefaultAgent(parsed: ParsedConfig): Finding[] {
  const names = Object.keys(parsed.agents);
  const chosen = parsed.defaultAgent ?? impliedAgent(parsed);
  if (chosen !== undefined && names.includes(chosen)) return [];
  const path = ['defaultAgent'];
  if (chosen === undefined) {
    const message = 'is missing: there are several agents and none is called "main"';
    return [{ path, at: 'value', message, hint: `choose one of ${names.join(', ')}` }];
  }
  return [noSuch(path, 'agent', chosen, names)];
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

function noSuch(path: string[], what: string, name: string, names: string[]): Finding {
  const meant = nearest(name, names);
  const hint = meant ? `did you mean "${meant}"?` : `the ${what}s are ${names.join(', ')}`;
  return { path, at: 'value', message: `there is no ${what} "${name}"`, hint };
}
