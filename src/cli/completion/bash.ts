import type { CompletionContext } from './words.ts';

export function renderBash(places: readonly CompletionContext[]): string {
  const cases = places.map(
    ({ path, commands, options, values }) => `    '${path}')
      words='${[...commands.map(({ word }) => word), ...values].join(' ')}'
      options='${options.map(({ word }) => word).join(' ')}' ;;`,
  );
  const paths = places.map(({ path }) => `'${path}'`).join(' | ');
  return `# Completion of midturn for bash: source <(midturn completion bash)
_midturn() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' longer words options i
  for ((i = 1; i < COMP_CWORD; i++)); do
    longer="\${path:+$path }\${COMP_WORDS[i]}"
    case "$longer" in ${paths}) path=$longer ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _midturn midturn
`;
}
