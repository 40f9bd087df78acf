import { SoftPromptError } from '../error.ts'
import type { ModelCard } from '../formats/model-card.ts'
import type { PromptCard } from '../formats/prompt-card.ts'
import { weightsWarning } from '../formats/prompt-package.ts'
import type { ReadyPrompt, Row } from './families/family.ts'
import type { Prompt } from './prompt.ts'

/** How far a probability may be off before that is told, and before the prompt is refused. */
interface Bounds {
  readonly warning: number
  readonly refusal: number
}

/** Farther off than this, through the weights that it was trained through, the prompt is not the one that was evaluated, whatever the reason. */
const refusal = 0.1

/**
 * Two weight formats of one base round otherwise, where each alone stays within its model's tolerance: int8 and q8 gave probabilities up to
 * 0.221 apart on the 2,300 texts of the examples, behind prompts that int8 had trained. A label changed on 4 of them.
 */
const betweenFormats: Bounds = { warning: 0.23, refusal: 0.3 }

/** What a prompt without a self-test is tried on. */
const anyText = 'Without a self-test, any text shows whether it answers.'

interface TestedModel {
  readonly card: ModelCard
  hidden(rows: readonly Row[], prompts: readonly ReadyPrompt[]): Promise<Float32Array[]>
}

/**
 * Answers a prompt's self-test through a model. Returns a warning where it answers otherwise than the rounding of the model's weights
 * explains, or where nothing shows how it answers through another weight format; else null. Throws `invalid_prompt` where it is off so far that its answers can't be trusted, or gives no numbers.
 */
export async function runSelfTest(prompt: Prompt, model: () => Promise<TestedModel>): Promise<string | null> {
  const texts = prompt.card.selfTest.length > 0 ? prompt.card.selfTest : [{ text: anyText, scores: {} }]
  const answers: Answered[] = []
  for (const { text, scores } of texts) {
    const row = prompt.row(text)
    const { hidden, card } = await answered(row, prompt.ready, model)
    const here = prompt.probabilities(prompt.scores(hidden))
    const weights = Object.hasOwn(scores, card.weights) ? card.weights : prompt.card.base.weights
    const there = scores[weights]
    if (there === undefined || (row.truncated && prompt.shortened)) continue // it lost its end here and did not there
    const difference = Math.max(...prompt.probabilities(there).map((wanted, label) => Math.abs(wanted - (here[label] as number))))
    answers.push({ weights, difference })
  }
  return judge(prompt.card, answers, (await model()).card)
}

/** A text's answer here beside the one that the trainer saw through weights of a format: the largest difference of a probability. */
interface Answered {
  readonly weights: string
  readonly difference: number
}

async function answered(row: Row, ready: ReadyPrompt, model: () => Promise<TestedModel>) {
  const opened = await model()
  const [hidden] = await opened.hidden([row], [ready])
  return { hidden: hidden as Float32Array, card: opened.card }
}

function judge(card: PromptCard, answers: readonly Answered[], model: ModelCard): string | null {
  if (answers.length === 0) return weightsWarning(card, model)
  const { task, base } = card
  const { weights, tolerance } = model
  const bounds = (answer: Answered) => (answer.weights === weights ? { warning: tolerance, refusal } : betweenFormats)
  const wrong = answers.filter((answer) => answer.difference > bounds(answer).warning)
  const [worst] = wrong.toSorted((a, b) => b.difference / bounds(b).refusal - a.difference / bounds(a).refusal)
  if (worst === undefined) return null
  const { difference } = worst
  const off = `its probabilities are up to ${difference.toFixed(4)} from those its trainer saw through ${worst.weights} weights, graph version ${base.graphVersion}`
  const most = bounds(worst).refusal
  if (difference <= most) return `prompt ${task} answers otherwise than in training: ${off}`
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot use prompt ${task}: ${off}, and at most ${most} is served. Train it again for this model.`,
  )
}
