import type { CompletionContext } from './words.ts';

export function renderFish(places: readonly CompletionContext[]): string {
  return `# Completion of midturn for fish: midturn completion fish | source
function __midturn_at
  set -l path ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim -- "$path $word")
    contains -- $longer ${places.map(({ path }) => quoteWord(path)).join(' ')}; and set path $longer
  end
  test "$path" = "$argv"
end
${places.flatMap(renderContext).join('\n')}
`;
}

function renderContext({ path, commands, options, values }: CompletionContext): string[] {
  const here = `complete -c midturn -n ${quoteWord(path === '' ? "__midturn_at ''" : `__midturn_at ${path}`)}`;
  return [
    ...commands.map(({ word, description }) => `${here} -f -a ${word} -d ${quoteWord(description)}`),
    ...values.map((value) => `${here} -f -a ${value}`),
    ...options.map(({ word, description }) => `${here} -l ${word.slice(2)} -d ${quoteWord(description)}`),
  ];
}

function quoteWord(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
