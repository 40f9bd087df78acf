import { z } from 'zod'
import { maxLabels } from '../../formats/limits.ts'
import type { Thresholds } from './head.ts'

/** Thresholds on a card, [C]. */
export const ThresholdList = z.array(z.number().min(0).max(1).nullable()).max(maxLabels)

/** Whether label `c` is given at a probability. */
export function reaches(thresholds: Thresholds | undefined, c: number, probability: number): boolean {
  if (thresholds === undefined) return true
  const threshold = thresholds[c]
  return threshold !== null && threshold !== undefined && probability >= threshold
}
