const blocks = '▁▂▃▄▅▆▇█'
/** What the curve's height spans at least, so that noise looks like noise. */
const leastSpan = 0.1

/** How `values` went, in at most `width` blocks: the highest of them is a full one, and of more values than blocks each shows the last of its share. */
export function curve(values: readonly number[], width: number): string {
  const count = Math.min(values.length, width)
  const shown = Array.from({ length: count }, (_, i) => values[Math.ceil(((i + 1) * values.length) / count) - 1] as number)
  const highest = Math.max(...shown)
  const span = Math.max(highest - Math.min(...shown), leastSpan)
  return shown.map((value) => blocks[Math.round((blocks.length - 1) * (1 - (highest - value) / span))]).join('')
}
