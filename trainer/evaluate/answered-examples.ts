import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Thresholds } from '../../shared/engine/heads/head.ts'
import type { Prompt, TextAnswer } from '../../shared/engine/prompt.ts'
import { argmax } from '../../shared/engine/scores.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { Dataset } from '../data/dataset.ts'
import { askInCalls, type ServedTask } from './ask-service.ts'
import { alone, oneLabel, type Predictions, predictionsOf, severalGiven } from './predictions.ts'
import { rightAnswers } from './right-answers.ts'
import { type Progress, readRows } from './score.ts'

/** What was answered to the examples of a file. */
export interface AnsweredExamples {
  /** The names of the labels, [C], in the order that the predictions count them. */
  readonly labels: readonly string[]
  readonly predictions: Predictions
  /** From which probability on each label is given, [C]; undefined where the most probable is given at any, or that is not known. */
  readonly thresholds?: Thresholds | undefined
  /** How many texts lost their end to fit. */
  readonly truncated: number
}

/** Of what file, who answers by the name that errors give, and who is told. */
interface Asking {
  readonly dataset: Dataset
  readonly name: string
  readonly signal: AbortSignal
  readonly progress?: Progress
}

/** A prompt's answers to examples, with the rows that they became, and what the model made of each, [H] a row. */
export async function answeredByPrompt(
  { frozen, prompt }: { readonly frozen: FrozenModel; readonly prompt: Prompt },
  { name, dataset, signal, progress }: Asking,
): Promise<AnsweredExamples & { readonly rows: readonly EncodedText[]; readonly read: readonly Float32Array[] }> {
  const labels = prompt.card.labels.map(({ label }) => label)
  const { rule } = prompt
  const right = rightAnswers(dataset, labels, name, rule.several)
  const rows = dataset.examples.map(({ text }) => prompt.row(text))
  const read = await readRows(frozen, rows, prompt.ready, signal, progress)
  const scores = read.map((hidden) => prompt.scores(hidden))
  return {
    ...{ labels, rows, read },
    predictions: predictionsOf(scores, right, labels.length, rule),
    thresholds: rule.thresholds,
    truncated: rows.filter(({ truncated }) => truncated).length,
  }
}

interface AskingService extends Asking {
  /** Is given the service's labels once they are known, and may throw. */
  readonly check?: ((labels: readonly string[]) => void) | undefined
}

/**
 * A service's answers to examples, and the prompt package that gave them, by its hash. Throws as `askInCalls` does, and `conflict` where
 * another version went live meanwhile.
 */
export async function answeredByService(
  served: ServedTask,
  { name, dataset, signal, progress = () => undefined, check = () => undefined }: AskingService,
): Promise<AnsweredExamples & { readonly prompt: string }> {
  let prompt: string | null = null
  let labels: string[] = []
  const results: TextAnswer[] = []
  for await (const call of askInCalls(
    served,
    dataset.examples.map(({ text }) => text),
    signal,
  )) {
    if (prompt === null) {
      prompt = call.prompt
      labels = Object.keys(call.results[0]?.probabilities ?? {})
      check(labels)
      rightAnswers(dataset, labels, name, several(call.results)) // before the others are asked
    }
    if (prompt !== call.prompt)
      throw new SoftPromptError('conflict', `Cannot measure ${name}: another version went live while it was asked. Run the command again.`)
    results.push(...call.results)
    progress(results.length, dataset.examples.length)
  }
  const right = rightAnswers(dataset, labels, name, several(results))
  const probabilities = results.map((result) => labels.map((label) => result.probabilities[label]))
  const index = (label: string | null, row: number) => (label === null ? argmax(probabilities[row] as number[]) : labels.indexOf(label))
  const given = results.map(({ label, labels: all }, row) => all?.map((one) => index(one, row)).sort((x, y) => x - y) ?? [index(label, row)]) // biome-ignore format: one thought
  if (!given.flat().every((c) => c >= 0) || !allNumbers(probabilities))
    throw new SoftPromptError('storage', `Cannot measure ${name}: its answers do not all choose from the same labels.`)
  const C = labels.length
  const withheld = results.map(({ label }) => label === null)
  const predictions = several(results)
    ? severalGiven(probabilities, given, right, C)
    : oneLabel(probabilities, given.map(([answer]) => answer as number), right.map(alone), C, withheld.includes(true) ? withheld : null) // biome-ignore format: one call
  const truncated = results.filter((result) => result.truncated).length
  return { labels, predictions, truncated, prompt: prompt ?? '' }
}

/** Whether a service answers with several labels a text. */
function several(results: readonly TextAnswer[]): boolean {
  return results[0]?.labels !== undefined
}

function allNumbers(rows: readonly (number | undefined)[][]): rows is number[][] {
  return rows.every((row) => row.every((value) => typeof value === 'number'))
}
