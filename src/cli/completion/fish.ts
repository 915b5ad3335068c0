import type { Place } from './words.ts';

export function fish(places: readonly Place[]): string {
  return `# Completion of midturn for fish: midturn completion fish | source
function __midturn_at
  set -l path ''
  for word in (commandline -opc)[2..]
    set -l longer (string trim -- "$path $word")
    contains -- $longer ${places.map(({ path }) => quote(path)).join(' ')}; and set path $longer
  end
  test "$path" = "$argv"
end
${places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, values }: Place): string[] {
  const here = `complete -c midturn -n ${quote(path === '' ? "__midturn_at ''" : `__midturn_at ${path}`)}`;
  return [
    ...commands.map(({ word, description }) => `${here} -f -a ${word} -d ${quote(description)}`),
    ...values.map((value) => `${here} -f -a ${value}`),
    ...options.map(({ word, description }) => `${here} -l ${word.slice(2)} -d ${quote(description)}`),
  ];
}

function quote(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
