/** The parts of a shell line that are read in one piece, each from where it begins. */

/** `$x`, `$1`, `$?`; a dollar sign alone where nothing of that follows. */
export function variableAt(line: string, at: number): string {
  return matchAt(/\$(?:\w+|[*@#?$!-])?/y, line, at);
}

/** `$'…'`; up to the end of the line when it is not closed. */
export function translatedAt(line: string, at: number): string {
  return matchAt(/\$'(?:[^'\\]|\\[\s\S])*'/y, line, at) || line.slice(at);
}

/** The text between two backticks, whatever is quoted in it; up to the end of the line when there is one only. */
export function backtickedAt(line: string, at: number): string {
  return matchAt(/(?:[^`\\]|\\[\s\S]?)*/y, line, at + 1);
}

export function redirectionAt(line: string, at: number): string {
  return matchAt(/<<<|<<-|<<|<>|<&|>>|>&|>\||<|>/y, line, at);
}

/** An operator that an escaped line break cuts in two, such as `<\⏎<E`. */
export function hasCutOperator(line: string): boolean {
  return /[<>$]\\\n|&\\\n(?:\\\n)*>|\((?:\\\n)+\(/.test(line);
}

function matchAt(shape: RegExp, line: string, at: number): string {
  shape.lastIndex = at;
  return shape.exec(line)?.[0] ?? '';
}
