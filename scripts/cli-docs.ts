import type { Command } from 'commander';
import { createProgram } from '../src/cli/program.ts';
import { readVersion } from '../src/util/version.ts';

/** The reference page: every command with its arguments and options. */
export function cliReference(): string {
  const program = createProgram(readVersion());
  const sections = program.commands.flatMap(commandsBelow).map((command) => renderSection(command));
  return `${[renderIntroduction(program), ...sections].join('\n\n')}\n`;
}

function renderIntroduction(program: Command): string {
  return `# Command line reference

<!-- Made by scripts/docs.ts from src/cli/tree/; edit that instead. -->

\`midturn <command> --help\` shows the same for one command.

## Everywhere

${optionTable(program)}

Results go to stdout, errors to stderr: one sentence, or with \`--json\` an RFC 9457 problem document on one line.
Colours are used on terminals only; \`NO_COLOR\` switches them off. \`MIDTURN_DEBUG=1\` adds stack traces to errors.

| Exit code | Meaning |
| --- | --- |
| 0 | ok |
| 1 | failed |
| 2 | wrong usage; nothing was done |
| 3 | no daemon runs |
| 4 | conflict |
| 75 | try again |
| 78 | config error |
| 130 | \`midturn up\` was stopped at once by a second Ctrl-C |`;
}

/** The command and everything below it that can be run. */
function commandsBelow(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(commandsBelow);
}

function renderSection(command: Command): string {
  const usage = `\`\`\`\n${nameOf(command)} ${command.usage()}\n\`\`\``;
  const parts = [`## ${nameOf(command)}`, asSentence(command.description()), usage];
  const { registeredArguments } = command;
  if (registeredArguments.length > 0) {
    const rows = registeredArguments.map((argument) => [
      `\`${argument.name()}\``,
      command.createHelp().argumentDescription(argument),
    ]);
    parts.push(renderTable(['Argument', 'Description'], rows));
  }
  if (command.options.length > 0) parts.push(optionTable(command));
  return parts.join('\n\n');
}

function optionTable(command: Command): string {
  const help = command.createHelp();
  const rows = command.options.map((option) => [`\`${option.flags}\``, help.optionDescription(option)]);
  return renderTable(['Option', 'Description'], rows);
}

function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('<', '\\<')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)]
    .join('\n')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll('\\<', '<'));
}

function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function asSentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
