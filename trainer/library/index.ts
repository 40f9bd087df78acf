import { resolve } from 'node:path'
import { usualColumns } from '../data/readers/reader.ts'
import { checkProject } from '../project/check-project.ts'
import type { JudgingEvent } from '../project/judged-tasks.ts'
import type { Project } from '../project/load-project.ts'
import { openProject } from '../project/open-project.ts'
import type { ProjectResult } from '../project/project-result.ts'
import { called } from './called.ts'
import { evaluatePackage, type PackageEvaluation } from './evaluate-package.ts'
import type { EvaluateEvent, ProjectPublishEvent, PublishEvent, TrainEvent } from './events.ts'
import { measuredExamples } from './given-examples.ts'
import {
  type EvaluateOptions,
  evaluateSchema,
  type ProjectOptions,
  type ProjectPublishOptions,
  type PublishOptions,
  projectOptionsSchema,
  projectPublishSchema,
  publishSchema,
  type TrainOptions,
  trainSchema,
} from './options.ts'
import { type PublishedPackage, publishPackage } from './publish-package.ts'
import { type PublishedProject, publishTasks } from './publish-tasks.ts'
import { begun, type Run, telling } from './run.ts'
import { type TrainedPrompt, trainPrompt } from './train-prompt.ts'
import { trainTasks } from './train-tasks.ts'

export { type ErrorCode, SoftPromptError } from '../../shared/error.ts'
export type { ProjectFile, ProjectTask } from '../project/project-file.ts'
export type { EvaluateEvent, ProjectPublishEvent, PublishEvent, TrainEvent } from './events.ts'
export type {
  EvaluateOptions,
  GivenExample,
  GivenExamples,
  ProjectOptions,
  ProjectPublishOptions,
  PublishOptions,
  TrainOptions,
} from './options.ts'
export type { JudgingEvent, PackageEvaluation, ProjectResult, PublishedPackage, PublishedProject, Run, TrainedPrompt }
export { publishIt as publish, publishProjectFile as publishProject, trainProjectFile as trainProject }

/** Learns a prompt from examples. Rejects with a SoftPromptError where something is wrong that a caller can mend. */
export function train(options: TrainOptions): Run<TrainEvent, TrainedPrompt> {
  return begun(called('train', trainSchema, options, (signal) => trainPrompt({ ...options, signal })))
}

/** A project that is given: as it would stand in a file, or the file. */
function projectOf(given: ProjectOptions['project'], without: string): Promise<Project> {
  if (typeof given !== 'object') return openProject(given, without)
  return Promise.resolve({ file: 'project', folder: resolve('.'), content: checkProject(given, 'project') })
}

/** Trains the tasks of a project that are not up to date, together, measures them, and holds each to its minimum. */
function trainProjectFile(options: ProjectOptions = {}): Run<JudgingEvent, ProjectResult> {
  const { project: given, ...rest } = options
  async function* work(signal: AbortSignal) {
    return yield* trainTasks(await projectOf(given, 'Cannot train a project without one.'), { ...rest, signal })
  }
  return begun(called('train', projectOptionsSchema, options, work))
}

/** Publishes every package of a project that is up to date, passes its minimum and is not live yet. */
function publishProjectFile(options: ProjectPublishOptions = {}): Run<ProjectPublishEvent, PublishedProject> {
  const { project: given, ...rest } = options
  async function* work(signal: AbortSignal) {
    return yield* publishTasks(await projectOf(given, 'Cannot publish a project without one.'), { ...rest, signal })
  }
  return begun(called('publish', projectPublishSchema, options, work))
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
