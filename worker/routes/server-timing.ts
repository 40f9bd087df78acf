import type { Answer } from '../protocol.ts'

/** The value of `Server-Timing`, in ms: until the first of the texts was run, and from then on, out of `total`. */
export function serverTiming(total: number, answers: readonly Answer[]): string {
  const wait = Math.min(total, ...answers.map(({ batch }) => batch.waitedMs))
  return `wait;dur=${wait}, model;dur=${total - wait}`
}
