import { SoftPromptError } from '../../shared/error.ts'
import type { WeightFormat } from '../../shared/model-card.ts'
import type { PromptCard } from '../../shared/prompt-card.ts'
import { softmax } from '../../shared/scores.ts'

/** How far a probability may be from the trainer's, between two runtimes that both work. */
const tolerance: Record<WeightFormat, number> = { int8: 0.01, float32: 0.001 }
/** Farther off than this the prompt is not the one that was evaluated, whatever the reason. */
const refusal = 0.1

/** The largest difference of a probability from what the trainer saw. `probabilities`: those of each self-test text, [C] each. */
export function selfTestDifference({ selfTest, temperature }: PromptCard, probabilities: readonly (readonly number[])[]): number {
  const differences = selfTest.flatMap(({ scores }, index) => {
    const wanted = softmax(scores, temperature)
    return wanted.map((value, label) => Math.abs(value - (probabilities[index]?.[label] ?? Number.NaN)))
  })
  return Math.max(0, ...differences)
}

/** A warning where the self-test is off by more than the weights' rounding explains. Throws `invalid_prompt` where it is off so far that its answers can't be trusted. */
export function judgeSelfTest(difference: number, { task, base }: PromptCard, weights: WeightFormat): string | null {
  if (difference <= tolerance[weights]) return null
  const off = `its probabilities are up to ${difference.toFixed(4)} from those its trainer saw through ${base.weights} weights, graph version ${base.graphVersion}`
  if (difference <= refusal) return `Prompt ${task} is served, but ${off}.`
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot serve prompt ${task}: ${off}, and at most ${refusal} is served. Train it again for this model.`,
  )
}
