/** The name that was probably meant, or undefined when none is close. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: distanceOf(wanted, name) }))
    .toSorted((a, b) => a.distance - b.distance);
  return best && best.distance <= Math.max(2, wanted.length / 3) ? best.name : undefined;
}

/** How many letters have to be added, removed or changed. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let column = 1; column <= b.length; column++) {
      const same = letter === b[column - 1] ? 0 : 1;
      next.push(Math.min((row[column - 1] ?? 0) + same, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
