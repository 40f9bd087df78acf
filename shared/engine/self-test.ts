import { SoftPromptError } from '../error.ts'
import type { ModelCard } from '../formats/model-card.ts'
import type { PromptCard } from '../formats/prompt-card.ts'
import type { ReadyPrompt, Row } from './families/family.ts'
import type { Prompt } from './prompt.ts'

/** Farther off than this the prompt is not the one that was evaluated, whatever the reason. */
const refusal = 0.1

/** What a prompt without a self-test is tried on. */
const anyText = 'Without a self-test, any text shows whether it answers.'

interface TestedModel {
  readonly card: ModelCard
  hidden(rows: readonly Row[], prompts: readonly ReadyPrompt[]): Promise<Float32Array[]>
}

/**
 * Answers a prompt's self-test through a model. Returns a warning where it answers otherwise than the rounding of the model's weights
 * explains, or null. Throws `invalid_prompt` where it is off so far that its answers can't be trusted, or gives no numbers.
 */
export async function runSelfTest(prompt: Prompt, model: () => Promise<TestedModel>): Promise<string | null> {
  const texts = prompt.card.selfTest.length > 0 ? prompt.card.selfTest : [{ text: anyText, scores: {} }]
  const differences: number[] = []
  for (const { text, scores } of texts) {
    const row = prompt.row(text)
    const { hidden, card } = await answered(row, prompt.ready, model)
    const here = prompt.probabilities(prompt.scores(hidden))
    const there = scores[card.weights] ?? scores[prompt.card.base.weights]
    if (there === undefined || (row.truncated && prompt.shortened)) continue // it lost its end here and did not there
    differences.push(...prompt.probabilities(there).map((wanted, label) => Math.abs(wanted - (here[label] ?? Number.NaN))))
  }
  return judge(prompt.card, Math.max(0, ...differences), (await model()).card)
}

async function answered(row: Row, ready: ReadyPrompt, model: () => Promise<TestedModel>) {
  const opened = await model()
  const [hidden] = await opened.hidden([row], [ready])
  return { hidden: hidden as Float32Array, card: opened.card }
}

function judge({ task, base }: PromptCard, difference: number, { tolerance }: ModelCard): string | null {
  if (difference <= tolerance) return null
  const off = `its probabilities are up to ${difference.toFixed(4)} from those its trainer saw through ${base.weights} weights, graph version ${base.graphVersion}`
  if (difference <= refusal) return `prompt ${task} answers otherwise than in training: ${off}`
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot use prompt ${task}: ${off}, and at most ${refusal} is served. Train it again for this model.`,
  )
}
