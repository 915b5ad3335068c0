import type { CompletionContext, CompletionWord } from './words.ts';

export function renderZsh(places: readonly CompletionContext[]): string {
  const cases = places.map(
    ({ path, commands, options, values }) => `    '${path}')
      words_=(${[...commands, ...values.map((word) => ({ word, description: '' }))].map(quoteDescription).join(' ')})
      options=(${options.map(quoteDescription).join(' ')}) ;;`,
  );
  const paths = places.map(({ path }) => `'${path}'`).join(' | ');
  return `#compdef midturn
# Completion of midturn for zsh: source <(midturn completion zsh)
_midturn() {
  local path_ longer i
  local -a words_ options
  for ((i = 2; i < CURRENT; i++)); do
    longer="\${path_:+$path_ }\${words[i]}"
    case "$longer" in ${paths}) path_=$longer ;; esac
  done
  case "$path_" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then _describe option options
  elif (( \${#words_} )); then _describe command words_
  else _files; fi
}
compdef _midturn midturn
`;
}

/** Formats a word as `word:description` in single quotes, the form that zsh's `_describe` expects. */
function quoteDescription({ word, description }: CompletionWord): string {
  const text = description ? `${word}:${description}` : word;
  return `'${text.replaceAll("'", "'\\''")}'`;
}
