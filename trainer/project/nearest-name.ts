/** The one of `names` that `name` was most likely meant to be: the nearest within a third of its length, or null. */
export function nearestName(name: string, names: readonly string[]): string | null {
  let [nearest, least] = [null as string | null, Math.max(2, Math.ceil(name.length / 3)) + 1]
  for (const candidate of names) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [nearest, least] = [candidate, distance]
  }
  return nearest
}

/** How many characters must be put in, left out, changed or exchanged with the next to make one text the other. */
function editDistance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const [up, left, diagonal] = [last[j] as number, row[j - 1] as number, last[j - 1] as number]
      row[j] = Math.min(up + 1, left + 1, diagonal + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j] as number, (before[j - 2] as number) + 1)
    }
    ;[before, last] = [last, row]
  }
  return last[b.length] as number
}
