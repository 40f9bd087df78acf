import type { Dataset } from '../data/dataset.ts'
import { comparisonText } from '../evaluate/report/comparison.ts'
import { describedPackage, evaluatePackage, type Measuring, type PackageEvaluation } from '../library/evaluate-package.ts'
import { packageFacts } from '../report/package-facts.ts'
import type { Result, Terminal } from './command.ts'
import { evaluationText, headingText, withInterval } from './evaluation-text.ts'
import { writePackageReport } from './report-file.ts'

/** What the options of a command say of how a package is measured. */
type MeasuringFlags = Pick<Measuring, 'model' | 'threads' | 'zeroShot'>

/** How a package is measured on a terminal. */
export function measuringOn({ signal, warn, status }: Terminal, { model, threads, zeroShot }: MeasuringFlags): Measuring {
  const progress = (done: number, texts: number, alone: boolean) => status(`${done} of ${texts} texts${alone ? ' without the prompt' : ''}`)
  return { model, threads, zeroShot, signal, warn, progress }
}

/** A package measured on a file's examples, for people and scripts. */
export async function packageFigures(
  directory: string,
  dataset: Dataset,
  { report, ...flags }: MeasuringFlags & { readonly report?: string },
  terminal: Terminal,
): Promise<Result> {
  const evaluation = await evaluatePackage(directory, dataset, measuringOn(terminal, flags))
  if (report !== undefined) {
    const { probe, zeroShot } = evaluation.baselines
    const others = [
      ...(probe === undefined || describedPackage(directory).bare ? [] : [{ name: 'linear probe', ...probe }]),
      ...(zeroShot === undefined ? [] : [{ name: 'zero-shot', ...zeroShot }]),
    ]
    await writePackageReport(report, await packageFacts(directory, { on: dataset.file, evaluation, others }), terminal)
  }
  return { json: { ...evaluation.metrics, ...evaluation }, text: figuresText(evaluation, dataset) }
}

function figuresText(evaluation: PackageEvaluation, dataset: Dataset): string {
  const { task, zeroShot, baselines, overProbe } = evaluation
  const beside = [
    ...(baselines.probe === undefined ? [] : [`linear probe ${withInterval(baselines.probe.accuracy, baselines.probe.interval)}`]),
    ...(zeroShot || baselines.zeroShot === undefined
      ? []
      : [`zero-shot ${withInterval(baselines.zeroShot.accuracy, baselines.zeroShot.interval)}`]),
  ]
  return [
    headingText(`${task}${zeroShot ? ', without the prompt,' : ''}`, dataset, evaluation),
    '',
    evaluationText(evaluation),
    ...(beside.length === 0 ? [] : ['', `Accuracy for comparison: ${beside.join(', ')}.`]),
    ...(overProbe === null ? [] : [comparisonText(overProbe)]),
  ].join('\n')
}
