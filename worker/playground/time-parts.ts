import type { TimePart } from './place.ts'

/** The parts of `total` ms: those that the `Server-Timing` header names, and what is left of it, which went to the way there and back. */
export function timeParts(header: string, total: number): TimePart[] {
  const parts = header.split(',').flatMap((entry) => {
    const [, name, ms] = /^\s*([\w-]+)\s*;\s*dur=([\d.]+)\s*$/.exec(entry) ?? []
    return name === undefined ? [] : [{ name, ms: Number(ms) }]
  })
  const known = parts.reduce((sum, { ms }) => sum + ms, 0)
  return [...parts, { name: 'network', ms: Math.max(0, total - known) }]
}
