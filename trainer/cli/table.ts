/** `rows` in aligned columns under `head`, for people. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [head, ...rows].map(line).join('\n')
}

/** A hash short enough to read, long enough to promote by. */
export function shortHash(sha256: string): string {
  return sha256.slice(0, 12)
}

/** The packages of a base, by weight format: `model 41c0… (int8)`. */
export function modelNames(models: Readonly<Record<string, string>>): string {
  return Object.entries(models)
    .map(([weights, model]) => `model ${shortHash(model)} (${weights})`)
    .join(', ')
}
