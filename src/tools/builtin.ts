import { configModule } from './config-tool/module.ts';
import { delegateModule } from './delegate/module.ts';
import { filesModule } from './files/module.ts';
import { httpModule } from './http/module.ts';
import { outputsModule } from './outputs/module.ts';
import type { ToolModule } from './port/module.ts';
import { remindersModule } from './reminders/module.ts';
import { shellModule } from './shell/module.ts';
import { skillsModule } from './skills/module.ts';

/**
 * The built-in tools: one line each, in the order in which models are offered them. The configuration's sections, the
 * names and patterns that permissions know, and the tools of a generation are all made from this list.
 */
export const TOOL_MODULES = [
  outputsModule,
  delegateModule,
  skillsModule,
  shellModule,
  filesModule,
  httpModule,
  configModule,
  remindersModule,
] as const satisfies readonly ToolModule[];
