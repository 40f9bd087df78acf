import { z } from 'zod'
import { sigmoid } from '../scores.ts'
import type { Head, Thresholds } from './head.ts'
import { ThresholdList } from './thresholds.ts'

/** Each label is right or not, whatever the others are: sigmoid(score / temperature). Those that reach their threshold are given. */
export const sigmoidHead: Head<{ temperature: number; thresholds: Thresholds }> = {
  versions: [1],
  schema: z.object({ temperature: z.number().positive(), thresholds: ThresholdList }),
  several: true,
  temperature: (answer) => answer.temperature,
  thresholds: (answer) => answer.thresholds,
  probabilities: (scores, answer) => Array.from(scores, (score) => sigmoid(score / answer.temperature)),
}
