import type { Json } from '../../core/model/message.ts';

/**
 * What the scripted model says, step by step. The step that it plays is the number of assistant messages in the
 * conversation, modulo the length of the script: a function of the history alone, so that a restart in the middle
 * goes on with the right step.
 */
export type Script = readonly ScriptStep[];

export interface ScriptStep {
  /** `{input}` becomes the last words of the user, `{result}` the last tool result. */
  text?: string | undefined;
  /** Tool calls after the text; an answer with calls goes on with the next step once they are done. */
  tools?: readonly { name: string; input: Json }[] | undefined;
  /** Milliseconds before the first token; default 0. */
  delay?: number | undefined;
  /** Milliseconds before each further token; default 0. A token is a word with the space after it. */
  tokenDelay?: number | undefined;
}

/** What Midturn answers with as long as no provider is configured. */
export const builtinScripts: Record<string, Script> = {
  echo: [
    {
      text: 'I am the scripted model that Midturn starts with when no provider is configured. Add one under "providers" in the configuration to get real answers. You said: {input}',
    },
  ],
};
