import { printable } from '../../shared/printable.ts'
import { counted } from '../counted.ts'
import type { Dataset } from '../data/dataset.ts'
import type { AnsweredExamples } from '../evaluate/answered-examples.ts'
import type { ServedTask } from '../evaluate/ask-service.ts'
import { disagreement } from '../evaluate/compared-answers.ts'
import { evaluationOf } from '../evaluate/evaluation.ts'
import { type MetricValues, metricValues } from '../evaluate/metrics.ts'
import { rightAnswers } from '../evaluate/right-answers.ts'
import { inOrderOf, requireSameLabels } from '../evaluate/same-labels.ts'
import { answeredByPackage, describedPackage } from '../library/evaluate-package.ts'
import type { Result, Terminal } from './command.ts'
import { type DifferingAnswer, differingAnswers, differingTable } from './differing-answers.ts'
import { measuringOn } from './evaluate-package.ts'
import { evaluationText, headingText } from './evaluation-text.ts'
import { shortHash } from './readable-hash.ts'
import { answeredThere, servedName } from './served-task.ts'

/** A difference of probabilities that another machine's arithmetic doesn't make. */
const noticeable = 0.01
/** Why the same package may be answered otherwise. */
const reasons = 'a model in another weight format, the arithmetic of another machine, or texts that are cut shorter (MAX_ROW_TOKENS)'

interface PackageFlags {
  readonly model?: string
  readonly threads?: number
}

/** What a service answers measured on a file's examples and, where there is a package, held against that. */
export async function evaluateService(
  served: ServedTask,
  directory: string | null,
  dataset: Dataset,
  flags: PackageFlags,
  terminal: Terminal,
): Promise<Result> {
  const name = servedName(served)
  const known = directory === null ? null : { name: directory, ...describedPackage(directory) }
  if (known !== null) rightAnswers(dataset, known.labels, known.name, known.several) // before anything is asked
  const check = (labels: readonly string[]) => known !== null && requireSameLabels({ name, labels }, known)
  const there = await answeredThere(served, dataset, terminal, check)
  const evaluation = evaluationOf(there.predictions, there.labels, undefined, { texts: dataset.examples.map(({ text }) => text) })
  const held = directory === null ? null : await heldAgainst(there, directory, dataset, flags, terminal)
  return {
    json: {
      ...{ task: served.task, url: served.url, data: dataset.file, prompt: there.prompt, ...evaluation.metrics, ...evaluation },
      ...{ truncated: there.truncated, package: held },
    },
    text: [
      headingText(`${name}, version ${shortHash(there.prompt)},`, dataset, there),
      '',
      evaluationText(evaluation),
      ...(held === null ? [] : ['', heldText(held, there.prompt, dataset)]),
    ].join('\n'),
  }
}

/** Where a service's answers differ from those of a package, which is asked the same here. */
interface HeldAgainst {
  readonly directory: string
  readonly prompt: string
  readonly metrics: MetricValues
  readonly differing: readonly DifferingAnswer[]
  /** Of a probability, of any label of any text. */
  readonly largestDifference: number
}

async function heldAgainst(
  there: AnsweredExamples,
  directory: string,
  dataset: Dataset,
  flags: PackageFlags,
  terminal: Terminal,
): Promise<HeldAgainst> {
  const { prompt, ...answered } = await answeredByPackage(directory, dataset, measuringOn(terminal, flags))
  const { predictions } = inOrderOf(there.labels, answered)
  const { rows, largest } = disagreement(there.predictions, predictions)
  const differing = differingAnswers(rows, dataset, there.labels, [there.predictions, predictions])
  return { directory, prompt, metrics: metricValues(predictions), differing, largestDifference: largest }
}

function heldText({ directory, prompt, differing, largestDifference }: HeldAgainst, live: string, { examples }: Dataset): string {
  const same = differing.length === 0
  const sentences = [
    same
      ? `The service gives every text the label that ${directory} gives`
      : `The service gives ${differing.length} of ${counted(examples.length, 'text')} another label than ${directory} gives`,
    largestDifference === 0
      ? '; the probabilities are the same to the last digit.'
      : `; probabilities differ by up to ${Number(largestDifference.toPrecision(2))}.`,
  ]
  if (prompt !== live) sentences.push(` It serves version ${shortHash(live)}, and the package is ${shortHash(prompt)}.`)
  else if (!same || largestDifference > noticeable) sentences.push(` It serves the same version: ${reasons} can do that.`)
  return [printable(sentences.join('')), ...(same ? [] : ['', differingTable(differing, ['service', 'package'])])].join('\n')
}
