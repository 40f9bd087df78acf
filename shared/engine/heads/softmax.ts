import { z } from 'zod'
import { softmax } from '../scores.ts'
import type { Head } from './head.ts'

/** Just one label is right: softmax(scores / temperature). */
export const softmaxHead: Head<{ temperature: number }> = {
  version: 1,
  schema: z.object({ temperature: z.number().positive() }),
  temperature: ({ temperature }) => temperature,
  probabilities: (scores, { temperature }) => softmax(scores, temperature),
}

/** The `answer` of a card whose prompt is answered so. */
export function softmaxAnswer(temperature: number): { type: string; version: number; temperature: number } {
  return { type: 'softmax', version: softmaxHead.version, temperature }
}
