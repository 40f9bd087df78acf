import type { TrainingEvent } from './events.ts'

type Ended = Omit<Extract<TrainingEvent, { type: 'ended' }>, 'type'>

/** That learning stopped before its last step, and why, in a sentence; null where it did not. */
export function earlyEnd({ step, steps, patience, learned }: Ended): string | null {
  if (step === steps) return null
  const evaluations = `${patience} evaluation${patience === 1 ? '' : 's'} without a better one`
  return `Stopped early at step ${step} of ${steps}: ${learned ? 'the examples are learned (--min-loss)' : `${evaluations} (--patience)`}.`
}
