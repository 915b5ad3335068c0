import type { Home } from '../../util/home.ts';
import { findNearest } from '../../util/nearest.ts';
import type { Finding } from '../fields/problems.ts';
import { addScriptedProvider, findImpliedAgent } from '../schema/resolve.ts';
import type { ParsedConfig } from '../schema/schema.ts';
import { checkAccess } from './access.ts';
import { checkAgentKeys } from './agent-keys.ts';
import { checkLogins } from './logins.ts';
import { checkSandbox } from './sandbox.ts';
import { checkSchedules } from './schedules.ts';

/** The machine that the configuration is checked against. */
interface Machine {
  home: Home;
  env: Readonly<Record<string, string | undefined>>;
  /**
   * Set when the configuration ran here before; then what the machine lacks now is not an error, so that the daemon
   * can start with it.
   */
  given?: unknown;
}

/**
 * Returns the problems between keys that are each valid by themselves, such as a default agent that does not exist.
 */
export function crossCheck(parsed: ParsedConfig, machine: Machine): Finding[] {
  return [
    ...checkAccess(parsed, (path, agent) => noSuch(path, 'agent', agent, Object.keys(parsed.agents))),
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

/**
 * Requires an API key unless the provider has a `baseUrl` or headers: a gateway may do without a key, the provider
 * itself never does.
 */
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
  const known = addScriptedProvider(providers);
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

/**
 * Refuses an answer limit of more than half the context window, which would leave too little of it for the
 * conversation.
 */
function checkWindow(path: string[], window: number, maxOutputTokens = 0): Finding[] {
  if (maxOutputTokens <= window / 2) return [];
  const message = `leaves less than half of the window (${window} tokens) for the conversation`;
  const hint = `lower it, or say in "compaction.window" how much the model takes`;
  return [{ path: [...path, 'maxOutputTokens'], at: 'value', message, hint }];
}

/** Names of the scripts that every scripted provider has. */
const BUILT_IN = ['echo'];

function checkDefaultAgent(parsed: ParsedConfig): Finding[] {
  const names = Object.keys(parsed.agents);
  const chosen = parsed.defaultAgent ?? findImpliedAgent(parsed);
  if (chosen !== undefined && names.includes(chosen)) return [];
  const path = ['defaultAgent'];
  if (chosen === undefined) {
    const message = 'is missing: there are several agents and none is called "main"';
    return [{ path, at: 'value', message, hint: `choose one of ${names.join(', ')}` }];
  }
  return [noSuch(path, 'agent', chosen, names)];
}

/**
 * Requires both graces to be shorter than the drain cap, because budgets are nested: an inner wait must end before
 * the outer one.
 */
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

function noSuch(path: PropertyKey[], what: string, name: string, names: string[]): Finding {
  const meant = findNearest(name, names);
  const hint = meant ? `did you mean "${meant}"?` : `the ${what}s are ${names.join(', ')}`;
  return { path, at: 'value', message: `there is no ${what} "${name}"`, hint };
}
