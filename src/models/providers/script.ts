import type { Json } from '../../core/model/message.ts';

/**
 * The answers of the scripted model, one for each step. The number of assistant messages in the conversation,
 * modulo the length of the script, selects the step. It depends on the history alone, so a restart in the middle
 * continues with the right step.
 */
export type Script = readonly ScriptStep[];

export interface ScriptStep {
  /** The text of the answer; `{input}` is replaced by the last user message, `{result}` by the last tool result. */
  text?: string | undefined;
  /** Tool calls after the text; once they are done, the next step follows. */
  tools?: readonly { name: string; input: Json }[] | undefined;
  /** Milliseconds before the first token; default 0. */
  delay?: number | undefined;
  /** Milliseconds before each further token; default 0. A token is a word with the space after it. */
  tokenDelay?: number | undefined;
}

/** The built-in scripts, which answer as long as no provider is configured. */
export const builtinScripts: Record<string, Script> = {
  echo: [
    {
      text: 'I am the scripted model that Midturn starts with when no provider is configured. Add one under "providers" in the configuration to get real answers. You said: {input}',
    },
  ],
};
