/** The parts of a shell line that are read at once, each from the offset where it begins. */

/** Returns the variable at an offset, such as `$x`, `$1` or `$?`; a single dollar sign where no name follows. */
export function matchVariable(line: string, at: number): string {
  return matchAt(/\$(?:\w+|[*@#?$!-])?/y, line, at);
}

/** Returns the `$'…'` text at an offset; up to the end of the line when it is not closed. */
export function matchTranslated(line: string, at: number): string {
  return matchAt(/\$'(?:[^'\\]|\\[\s\S])*'/y, line, at) || line.slice(at);
}

/**
 * Returns the text between two backticks, including quoted parts; up to the end of the line when the second is
 * missing.
 */
export function matchBackticked(line: string, at: number): string {
  return matchAt(/(?:[^`\\]|\\[\s\S]?)*/y, line, at + 1);
}

export function matchRedirection(line: string, at: number): string {
  return matchAt(/<<<|<<-|<<|<>|<&|>>|>&|>\||<|>/y, line, at);
}

/** Checks whether an escaped line break splits an operator, as in `<\⏎<E`. */
export function hasCutOperator(line: string): boolean {
  return /[<>$]\\\n|&\\\n(?:\\\n)*>|\((?:\\\n)+\(/.test(line);
}

function matchAt(shape: RegExp, line: string, at: number): string {
  shape.lastIndex = at;
  return shape.exec(line)?.[0] ?? '';
}
