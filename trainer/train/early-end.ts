import { counted } from '../counted.ts'
import type { TrainingEvent } from './events.ts'

type Ended = Omit<Extract<TrainingEvent, { type: 'ended' }>, 'type'>

/** That learning stopped before its last step, and why, in a sentence; null where it did not. */
export function earlyEnd({ step, steps, patience, learned }: Ended): string | null {
  if (step === steps) return null
  const why = learned ? 'the examples are learned (--min-loss)' : `${counted(patience, 'evaluation')} without a better one (--patience)`
  return `Stopped early at step ${step} of ${steps}: ${why}.`
}
