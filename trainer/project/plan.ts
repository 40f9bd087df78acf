import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { heldOut } from '../data/split.ts'
import { madeFrom, promptFolder, readPromptFolder } from '../disk/prompt-folder.ts'
import { checkOutput } from '../disk/replace-folder.ts'
import { requireArchitecture } from '../import/architectures/require-architecture.ts'
import { openTokenizer, readModelFolder } from '../import/open-model.ts'
import { ingredients } from '../train/ingredients.ts'
import { learningOf } from '../train/learning-of.ts'
import { checkpointOf } from '../train/run.ts'
import { defaultsWith, settingsFor } from '../train/settings.ts'
import { checkStateFile } from '../train/state-file.ts'
import { checkTask } from './check-task.ts'
import { type Measurement, readMeasurement } from './measurement.ts'
import type { PlannedTask } from './project-tasks.ts'
import { readTask, type TaskData } from './read-task.ts'
import { whereReadable } from './where-readable.ts'

/** A task's package as it lies on disk. */
export interface TaskPackage {
  readonly id: string
  readonly card: PromptCard
  /** On the task's test examples as they are now; null where it has none, or was not measured on them. */
  readonly measurement: Measurement | null
}

/** What is to be done for a task. */
export interface TaskPlan {
  readonly task: PlannedTask
  readonly data: TaskData
  readonly package: TaskPackage | null
  /** Why the package is to be learned; empty where it is up to date. */
  readonly reasons: readonly string[]
  /** Whether an interrupted run has left a checkpoint. */
  readonly begun: boolean
  /** The most examples that learning takes, each as often as it is seen, and those of a step. */
  readonly examplesToLearn: number
  readonly examplesPerStep: number
}

interface Planning {
  readonly force: boolean
  /** Whether what is due will be learned: its settings must then go with the model. */
  readonly learning: boolean
  readonly tell?: (line: string) => void
  /** The tokenizer of a model package, for who plans many tasks of one model. */
  readonly tokenizerOf?: typeof openTokenizer
}

/** What there is of a task, and what there is to do. Throws where its data can't be read, or its settings are no settings. */
export async function planTask(task: PlannedTask, { force, learning, tell, tokenizerOf = openTokenizer }: Planning): Promise<TaskPlan> {
  const { card } = readModelFolder(task.model)
  const data = readTask(task, tell)
  checkTask(task, data)
  const found = await packageOf(task, data)
  const reasons = force ? ['--force'] : reasonsToLearn(task, data, card, found)
  if (reasons.length > 0) {
    requireOutput(task.out)
    if (data.dev === undefined) heldOut(data.train, defaultsWith(task.settings).seed)
    if (learning) learningOf({ ...task, train: data.train }, data.train.examples.length, tokenizerOf(task.model))
  }
  const settings = settingsFor(task.settings, data.train.examples.length, requireArchitecture(card).defaults)
  const begun = existsSync(checkpointOf(task.out))
  return {
    task,
    data,
    package: found,
    reasons,
    begun,
    examplesToLearn: settings.method === 'probe' ? 0 : settings.steps * settings.batchSize,
    examplesPerStep: settings.batchSize,
  }
}

/** Throws where a package could not be written to its folder. */
function requireOutput(out: string): void {
  if (!existsSync(out)) return // whether it can be made is seen when it is
  checkOutput(out, promptFolder)
  checkStateFile(checkpointOf(out))
}

/** The package of a task; null where there is none that can be used. */
export async function packageOf({ out, name }: PlannedTask, { test }: TaskData): Promise<TaskPackage | null> {
  if (!existsSync(join(out, 'prompt.json'))) return null
  try {
    const files = readPromptFolder(out)
    const card = parsePromptCard(files['prompt.json'], out)
    if (card.task !== name) return null
    const id = await sha256(files['prompt.json'])
    const measurement = test === undefined ? null : whereReadable(() => readMeasurement(out, id))
    return { id, card, measurement: test !== undefined && measurement?.data === examplesHash(test) ? measurement : null }
  } catch (error) {
    if (error instanceof SoftPromptError) return null // it is made anew
    throw error
  }
}

function reasonsToLearn(task: PlannedTask, { train, dev }: TaskData, model: ModelCard, found: TaskPackage | null): string[] {
  if (found === null) return [existsSync(join(task.out, 'prompt.json')) ? 'its package cannot be used' : 'no package yet']
  const made = whereReadable(() => madeFrom(task.out))
  if (made === null) return ['its package does not say what it was made from']
  const wanted = ingredients({ model, train, dev, verbalizers: task.verbalizers, settings: task.settings })
  return Object.entries(wanted)
    .filter(([name, value]) => made[name] !== value)
    .map(([name, value]) => (name === 'softprompt' ? `softprompt is ${value} now` : `${name} changed`))
}
