import type { Dataset } from '../data/dataset.ts'
import { type BaselineFigures, intervalName } from '../evaluate/baseline-figures.ts'
import type { ComparedFigure } from '../evaluate/compared-figures.ts'
import * as metrics from '../evaluate/metrics/table.ts'
import { capitalized } from '../evaluate/report/capitalized.ts'
import { comparisonText } from '../evaluate/report/comparison.ts'
import { evaluatePackage, type Measuring, type PackageEvaluation } from '../library/evaluate-package.ts'
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
  const { baselines } = evaluation
  if (report !== undefined)
    await writePackageReport(report, await packageFacts(directory, { on: dataset.file, evaluation, baselines }), terminal)
  return { json: { ...evaluation.metrics, ...evaluation }, text: figuresText(evaluation, dataset) }
}

function figuresText(evaluation: PackageEvaluation, dataset: Dataset): string {
  const { task, method, zeroShot, comparedBy, baselines, overProbe } = evaluation
  const probe = zeroShot || overProbe !== null ? baselines.probe : undefined // which is no other than what is measured
  const beside = [
    ...besideText('linear probe', probe, comparedBy),
    ...(zeroShot ? [] : besideText('zero-shot', baselines.zeroShot, comparedBy)),
  ]
  return [
    headingText(`${task}${zeroShot ? ', without the prompt,' : method === 'probe' ? ', a linear probe,' : ''}`, dataset, evaluation),
    '',
    evaluationText(evaluation),
    ...(beside.length === 0 ? [] : ['', `${capitalized(metrics[comparedBy].label)} for comparison: ${beside.join(', ')}.`]),
    ...(overProbe === null ? [] : [comparisonText(overProbe)]),
  ].join('\n')
}

function besideText(name: string, figures: BaselineFigures | undefined, figure: ComparedFigure): string[] {
  const value = figures?.[figure]
  return value === undefined ? [] : [`${name} ${withInterval(value, figures?.[intervalName(figure)])}`]
}
