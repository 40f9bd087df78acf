import { z } from 'zod'
import { softmax } from '../scores.ts'
import type { Head, Thresholds } from './head.ts'
import { ThresholdList } from './thresholds.ts'

const temperature = z.number().positive()

/** Just one label is right: softmax(scores / temperature). Since version 2 the most probable is given where it reaches its threshold. */
export const softmaxHead: Head<{ temperature: number; thresholds?: Thresholds }> = {
  versions: [1, 2],
  schema: z.discriminatedUnion('version', [
    z.object({ version: z.literal(1), temperature }),
    z.object({ version: z.literal(2), temperature, thresholds: ThresholdList }),
  ]),
  several: false,
  temperature: (answer) => answer.temperature,
  thresholds: (answer) => answer.thresholds,
  probabilities: (scores, answer) => softmax(scores, answer.temperature),
}
