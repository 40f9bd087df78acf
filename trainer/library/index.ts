import { usualColumns } from '../data/readers/reader.ts'
import { called } from './called.ts'
import { evaluatePackage, type PackageEvaluation } from './evaluate-package.ts'
import type { EvaluateEvent, PublishEvent, TrainEvent } from './events.ts'
import { measuredExamples } from './given-examples.ts'
import { type EvaluateOptions, evaluateSchema, type PublishOptions, publishSchema, type TrainOptions, trainSchema } from './options.ts'
import { type PublishedPackage, publishPackage } from './publish-package.ts'
import { begun, type Run, telling } from './run.ts'
import { type TrainedPrompt, trainPrompt } from './train-prompt.ts'

export { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
export type { Example } from '../data/example.ts'
export type { EvaluateEvent, PublishEvent, TrainEvent } from './events.ts'
export type { EvaluateOptions, GivenExamples, PublishOptions, TrainOptions } from './options.ts'
export type { PackageEvaluation, PublishedPackage, Run, TrainedPrompt }
export { publishIt as publish }

/** Learns a prompt from examples. Rejects with a SoftPromptError where something is wrong that a caller can mend. */
export function train(options: TrainOptions): Run<TrainEvent, TrainedPrompt> {
  return begun(called('train', trainSchema, options, (signal) => trainPrompt({ ...options, signal })))
}

/** Measures a package on examples, beside what the model answers without its prompt. */
export function evaluate(options: EvaluateOptions): Run<EvaluateEvent, PackageEvaluation> {
  const work = (signal: AbortSignal) =>
    telling<EvaluateEvent, PackageEvaluation>(async (tell) => {
      const { package: directory, data, textColumn: text = usualColumns.text, labelColumn: label = usualColumns.label, ...how } = options
      const dataset = measuredExamples(data, { columns: { text, label }, tell: (message) => tell({ type: 'note', message }) })
      return evaluatePackage(directory, dataset, {
        ...{ ...how, signal },
        warn: (message) => tell({ type: 'warning', message }),
        progress: (done, texts) => tell({ type: 'progress', done, texts }),
      })
    })
  return begun(called('evaluate', evaluateSchema, options, work))
}

/** Stores a package with its model, reads both back, tries them, and makes the version the live one of its task. */
function publishIt(options: PublishOptions): Run<PublishEvent, PublishedPackage> {
  const work = (signal: AbortSignal) =>
    telling<PublishEvent, PublishedPackage>((tell) =>
      publishPackage(options, {
        signal,
        log: (message) => tell({ type: 'note', message }),
        warn: (message) => tell({ type: 'warning', message }),
        status: (message) => tell({ type: 'progress', message }),
      }),
    )
  return begun(called('publish', publishSchema, options, work))
}
