import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider';
import type { PromptRules } from './rules.ts';
import { listArgumentNames, toAcceptedSchema } from './schema.ts';

/** A tool because of which the provider would refuse the whole request, with the reason. */
export interface RefusedTool {
  tool: string;
  why: string;
}

/**
 * Returns the tools that the provider accepts, with converted schemas, and the tools that are left out. Earlier
 * tools have precedence when the provider limits their number.
 */
export function selectAcceptedTools(
  tools: readonly LanguageModelV4FunctionTool[],
  rules: PromptRules | undefined,
): { tools: LanguageModelV4FunctionTool[]; leftOut: RefusedTool[] } {
  if (!rules) return { tools: [...tools], leftOut: [] };
  const fitting: LanguageModelV4FunctionTool[] = [];
  const leftOut: RefusedTool[] = [];
  const most = rules.tools.most ?? tools.length;
  for (const tool of tools) {
    const why =
      findRefusal(tool, rules) ?? (fitting.length < most ? undefined : describeTooMany(most, tools.length));
    if (why === undefined) fitting.push(toAcceptedTool(tool));
    else leftOut.push({ tool: tool.name, why });
  }
  return { tools: fitting, leftOut };
}

function describeTooMany(most: number, given: number): string {
  return `the provider takes ${most} tools, and the agent has ${given}`;
}

function findRefusal(
  { inputSchema }: LanguageModelV4FunctionTool,
  { tools: { keys } }: PromptRules,
): string | undefined {
  if (!keys) return undefined;
  const odd = listArgumentNames(inputSchema).find((name) => !keys.test(name));
  if (odd === undefined) return undefined;
  return `the provider refuses the name of its argument ${JSON.stringify(odd)}; allowed are ${keys.source}`;
}

function toAcceptedTool(tool: LanguageModelV4FunctionTool): LanguageModelV4FunctionTool {
  return {
    ...tool,
    ...(tool.description === undefined ? {} : { description: tool.description.toWellFormed() }),
    inputSchema: toAcceptedSchema(tool.inputSchema),
  };
}

/**
 * Adds tool names to a provider's message that refers to tools by their position, such as
 * `tools.12.custom.input_schema` and `tools[0].function_declarations[5]`.
 */
export function addToolNames(words: string, tools: readonly LanguageModelV4FunctionTool[]): string {
  const positions = [...words.matchAll(/tools(?:\[0\]\.function_?declarations)?[.[](\d+)/gi)].map(([, at]) =>
    Number(at),
  );
  const names = [...new Set(positions)].flatMap((at) => {
    const name = tools[at]?.name;
    return name === undefined || words.includes(name) ? [] : [`tool ${at} is "${name}"`];
  });
  return names.length === 0 ? words : `${words} (${names.join(', ')})`;
}
