import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { Dataset } from '../data/dataset.ts'
import { labelsOfExample, severalLabels } from '../data/example.ts'

/** What is right for a text: the index of its label or, where texts may have several, of all that it has, ascending. */
export type RightAnswer = number | readonly number[]

/**
 * The right answer to each example, as indexes of `labels`. With `several` a text may have several. Throws `invalid_data`, before anything is
 * answered, where `name`, which answers, does not know a label, or gives one label and is asked for several.
 */
export function rightAnswers(dataset: Dataset, labels: readonly string[], name: string, several = false): RightAnswer[] {
  const { examples, file } = dataset
  const refuse = (why: string) => new SoftPromptError('invalid_data', `Cannot measure ${name} on ${file}: ${why}`)
  if (severalLabels(dataset) && !several)
    throw refuse('it gives each text one label, and the file has lists of labels. Measure it on examples with one label each.')
  const alien = alienLabels(dataset, labels)
  if (alien !== null)
    throw refuse(
      `it has no label ${excerpt(JSON.stringify(alien.label))} (${alien.examples} of ${examples.length} examples have labels that it does not know). Its labels are ${excerpt(labels.join(', '), 200)}.`,
    )
  return indexesOf(dataset, labels, several)
}

/** The right answer to each example of what a task is learned of. Throws `invalid_data` where one has a label that there is not. */
export function rightForTraining(dataset: Dataset, labels: readonly string[], several: boolean): RightAnswer[] {
  const alien = alienLabels(dataset, labels)
  if (alien === null) return indexesOf(dataset, labels, several)
  throw new SoftPromptError(
    'invalid_data',
    `Cannot use ${dataset.file}: label ${excerpt(JSON.stringify(alien.label))} is not one of the training data's (${excerpt(labels.join(', '), 200)}).`,
  )
}

/** The first label that is not among `labels`, and how many examples have such; null where there is none. */
function alienLabels({ examples }: Dataset, labels: readonly string[]): { label: string; examples: number } | null {
  const known = new Set(labels)
  let [first, count]: [string | null, number] = [null, 0]
  for (const example of examples) {
    const alien = [...labelsOfExample(example), ...Object.keys(example.probabilities ?? {})].find((label) => !known.has(label))
    if (alien === undefined) continue
    first ??= alien
    count++
  }
  return first === null ? null : { label: first, examples: count }
}

function indexesOf({ examples }: Dataset, labels: readonly string[], several: boolean): RightAnswer[] {
  const index = new Map(labels.map((label, c) => [label, c]))
  const at = (label: string) => index.get(label) as number
  if (!several) return examples.map(({ label }) => at(label))
  return examples.map((example) => labelsOfExample(example).map(at).sort((a, b) => a - b)) // biome-ignore format: one thought
}
