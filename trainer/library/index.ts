import { resolve } from 'node:path'
import { usualColumns } from '../data/readers/reader.ts'
import { checkProject } from '../project/check-project.ts'
import type { JudgingEvent } from '../project/judged-tasks.ts'
import { openProject } from '../project/open-project.ts'
import type { ProjectResult } from '../project/project-result.ts'
import { called } from './called.ts'
import { evaluatePackage, type PackageEvaluation } from './evaluate-package.ts'
import type { EvaluateEvent, PublishEvent, TrainEvent } from './events.ts'
import { measuredExamples } from './given-examples.ts'
import {
  type EvaluateOptions,
  evaluateSchema,
  type ProjectOptions,
  type PublishOptions,
  projectOptionsSchema,
  publishSchema,
  type TrainOptions,
  trainSchema,
} from './options.ts'
import { type PublishedPackage, publishPackage } from './publish-package.ts'
import { begun, type Run, telling } from './run.ts'
import { type TrainedPrompt, trainPrompt } from './train-prompt.ts'
import { trainTasks } from './train-tasks.ts'

export { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
export type { ProjectFile, ProjectTask } from '../project/project-file.ts'
export type { EvaluateEvent, PublishEvent, TrainEvent } from './events.ts'
export type { EvaluateOptions, GivenExample, GivenExamples, ProjectOptions, PublishOptions, TrainOptions } from './options.ts'
export type { JudgingEvent, PackageEvaluation, ProjectResult, PublishedPackage, Run, TrainedPrompt }
export { publishIt as publish, trainProjectFile as trainProject }

/** Learns a prompt from examples. Rejects with a SoftPromptError where something is wrong that a caller can mend. */
export function train(options: TrainOptions): Run<TrainEvent, TrainedPrompt> {
  return begun(called('train', trainSchema, options, (signal) => trainPrompt({ ...options, signal })))
}

/** Trains the tasks of a project that are not up to date, together, measures them, and holds each to its minimum. */
function trainProjectFile(options: ProjectOptions = {}): Run<JudgingEvent, ProjectResult> {
  const { project: given, ...rest } = options
  async function* work(signal: AbortSignal) {
    const project =
      typeof given === 'object'
        ? { file: 'project', folder: resolve('.'), content: checkProject(given, 'project') }
        : await openProject(given, 'Cannot train a project without one.')
    return yield* trainTasks(project, { ...rest, signal })
  }
  return begun(called('train', projectOptionsSchema, options, work))
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
