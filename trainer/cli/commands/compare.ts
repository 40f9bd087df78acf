import { SoftPromptError } from '../../../shared/error.ts'
import { printable } from '../../../shared/printable.ts'
import { counted } from '../../counted.ts'
import { type Dataset, exampleFormats } from '../../data/dataset.ts'
import type { AnsweredExamples } from '../../evaluate/answered-examples.ts'
import { compareAnswers, disagreement } from '../../evaluate/compared-answers.ts'
import { type EvaluationRecord, evaluationOf } from '../../evaluate/evaluation.ts'
import { abstainingText } from '../../evaluate/report/abstaining.ts'
import { aheadText, betterText } from '../../evaluate/report/comparison.ts'
import { rightAnswers } from '../../evaluate/right-answers.ts'
import { inOrderOf, requireSameLabels } from '../../evaluate/same-labels.ts'
import { answeredByPackage, describedPackage } from '../../library/evaluate-package.ts'
import { measuredExamples } from '../../library/given-examples.ts'
import { measuredFigures } from '../../project/figures.ts'
import { type ColumnFlags, columnsOf, withColumnOptions } from '../column-options.ts'
import { type AddCommand, groups, run, type Terminal } from '../command.ts'
import { differingAnswers, differingTable } from '../differing-answers.ts'
import { measuringOn } from '../evaluate-package.ts'
import { figuresBeside } from '../evaluation-text.ts'
import { threadCount } from '../options.ts'
import { answeredThere, keyHelp, servedName, servedTask } from '../served-task.ts'

interface CompareOptions extends ColumnFlags {
  readonly data: string
  readonly key?: string
  readonly model?: string
  readonly threads?: number
  readonly json?: boolean
}

/** One of two that are compared: a package or a served task. */
interface Side {
  readonly name: string
  /** Those of a package; what a service has is known once it has answered. */
  readonly labels: readonly string[] | null
  /** Whether it may give a text several; null where that is not known yet. */
  readonly several: boolean | null
  answer(check: (labels: readonly string[]) => void): Promise<AnsweredExamples & { readonly prompt: string }>
}

const help = `
Examples:
  softprompt compare runs/routing runs/routing-probe --data examples/support-routing/test.jsonl
  softprompt compare runs/routing https://softprompt.example.workers.dev/v1/tasks/routing --data test.csv`

export const compareCommand: AddCommand = (program) => {
  const command = program
    .command('compare')
    .helpGroup(groups.learn)
    .argument('<a>', 'the folder of a prompt package, or the address of a served task: https://host/v1/tasks/NAME')
    .argument('<b>', 'another one with the same labels')
    .description('Say which of two prompts is better on the same examples, whether that is more than chance, and where they differ.')
    .requiredOption('--data <file>', `examples: ${exampleFormats}`)
  withColumnOptions(command)
    .option('--key <key>', keyHelp)
    .option('--model <dir>', 'the model package of both (default: those that the prompts were made on)')
    .option('--threads <n>', 'threads of ONNX Runtime (default: all cores)', threadCount)
    .option('--json', 'print the result as one JSON object on the last line')
    .addHelpText('after', help)
    .action((first: string, second: string, options: CompareOptions) =>
      run(options.json === true, async (terminal) => {
        requireUsed([first, second], options)
        const dataset = measuredExamples(options.data, { columns: columnsOf(options), tell: terminal.log })
        const [a, b] = [sideOf(first, dataset, options, terminal), sideOf(second, dataset, options, terminal)]
        return compared(a, b, dataset)
      }),
    )
}

async function compared(a: Side, b: Side, dataset: Dataset) {
  const check = (side: Side, other: Side) => (labels: readonly string[]) => {
    if (other.labels !== null) requireSameLabels({ name: side.name, labels }, { name: other.name, labels: other.labels })
  }
  if (a.labels !== null) check(a, b)(a.labels)
  for (const { name, labels, several } of [a, b]) if (labels !== null) rightAnswers(dataset, labels, name, several === true) // before any model is loaded
  requireSameKind(a, b)
  const answeredA = await a.answer(check(a, b))
  const { labels } = answeredA
  const answeredB = await b.answer(check(b, { ...a, labels }))
  const inOrder = inOrderOf(labels, answeredB)

  const predictions = [answeredA.predictions, inOrder.predictions] as const
  requireSameKind({ ...a, several: predictions[0].several }, { ...b, several: predictions[1].several })
  const texts = dataset.examples.map(({ text }) => text)
  const [evaluationA, evaluationB] = [
    evaluationOf(predictions[0], labels, answeredA.thresholds, { texts }),
    evaluationOf(predictions[1], labels, inOrder.thresholds, { texts }),
  ]
  const { right, p, difference, microF1 } = compareAnswers(...predictions)
  const { rows, largest } = disagreement(...predictions)
  const differing = differingAnswers(rows, dataset, labels, predictions)
  const json = {
    ...{ data: dataset.file, examples: dataset.examples.length, labels },
    a: { name: a.name, prompt: answeredA.prompt, truncated: answeredA.truncated, evaluation: evaluationA },
    b: { name: b.name, prompt: answeredB.prompt, truncated: answeredB.truncated, evaluation: evaluationB },
    ...{ right, p, difference, microF1, largestDifference: largest, differing },
  }
  const sides = [
    ['A', evaluationA],
    ['B', evaluationB],
  ] as const
  const text = [
    `A is ${printable(a.name)}, B is ${printable(b.name)}; ${printable(dataset.file)}, ${counted(dataset.examples.length, 'example')} of ${counted(labels.length, 'label')}:`,
    '',
    figuresBeside(sides),
    '',
    ...answeredText(sides),
    betterText('A', 'B', { difference, p }),
    ...(microF1 === null ? [] : [aheadText('A', 'B', microF1)]),
    `Right in both ${right.both}, in A alone ${right.onlyA}, in B alone ${right.onlyB}, in neither ${right.neither}.`,
    '',
    ...(differing.length === 0
      ? ['They give every text the same label.']
      : [`They differ on ${counted(differing.length, 'text')}:`, differingTable(differing, ['A', 'B'])]),
  ].join('\n')
  return { json, text }
}

/** How many texts each answers, and how right, where one of them withholds answers. */
function answeredText(sides: readonly (readonly [name: string, evaluation: EvaluationRecord])[]): string[] {
  if (sides.every(([, { abstaining }]) => abstaining === undefined)) return []
  const wrong = ([name, evaluation]: (typeof sides)[number]) => {
    const { coverage = 1, answeredAccuracy = 0 } = measuredFigures(evaluation)
    return `${Math.round(evaluation.examples * coverage * (1 - answeredAccuracy))} by ${name}`
  }
  return [
    ...sides.map(([name, { abstaining, metrics }]) => `${name}: ${abstaining === undefined ? `Every text is answered, ${(100 * (metrics.accuracy ?? 0)).toFixed(1)} % of them rightly.` : abstainingText(abstaining, 'the texts')}`), // biome-ignore format: one thought
    `Answered wrong: ${sides.map(wrong).join(', ')}. The figures above count every text as if it had been answered; below, an answer that is withheld is not right.`,
  ]
}

/** Throws where one gives a text several labels and the other one. */
function requireSameKind(a: Pick<Side, 'name' | 'several'>, b: Pick<Side, 'name' | 'several'>): void {
  if (a.several === null || b.several === null || a.several === b.several) return
  const [many, one] = a.several ? [a, b] : [b, a]
  throw new SoftPromptError(
    'usage',
    `Cannot compare ${a.name} with ${b.name}: ${many.name} may give a text several labels, and ${one.name} gives one.`,
  )
}

function sideOf(named: string, dataset: Dataset, options: CompareOptions, terminal: Terminal): Side {
  if (isAddress(named)) {
    const served = servedTask(named, undefined, options.key)
    return { name: servedName(served), labels: null, several: null, answer: (check) => answeredThere(served, dataset, terminal, check) }
  }
  const { labels, several } = describedPackage(named)
  return { name: named, labels, several, answer: () => answeredByPackage(named, dataset, measuringOn(terminal, options)) }
}

function isAddress(named: string): boolean {
  return /^https?:\/\//i.test(named)
}

function requireUsed(sides: readonly string[], { key, model, threads }: CompareOptions): void {
  if (key !== undefined && !sides.some(isAddress))
    throw new SoftPromptError('usage', 'Cannot use --key with two packages: it is for the address of a served task.')
  if ((model !== undefined || threads !== undefined) && sides.every(isAddress))
    throw new SoftPromptError('usage', 'Cannot use --model or --threads with two served tasks: a service has its own.')
}
