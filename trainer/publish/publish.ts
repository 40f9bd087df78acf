import { join } from 'node:path'
import { softmax } from '../../shared/engine/scores.ts'
import { judgeSelfTest } from '../../shared/engine/self-test.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import { modelBytes } from '../../shared/formats/model-card.ts'
import { type PromptFiles, type PromptPackage, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { modelFiles, promptFiles, type TaskVersion } from '../../shared/formats/storage-keys.ts'
import { FrozenModel } from '../autodiff/frozen-model.ts'
import { type ModelPackage, openModel, readModelCard } from '../disk/model-package.ts'
import { cutByWorker, readPromptFiles } from '../disk/prompt-package.ts'
import { scorePrompt } from '../evaluate/score-prompt.ts'
import type { Bucket } from './bucket/bucket.ts'
import { fileSource } from './bucket/file-source.ts'
import { checkNotAborted, inMemory, missingFile, type StoredPackage, storedPackage, uploadPackage } from './bucket/packages.ts'
import { movePointer, readPointer, sameVersion, withLive } from './task-pointer.ts'

/** A prompt and its model as they will be stored: read from disk and checked. */
export interface Publication {
  readonly task: string
  readonly version: TaskVersion
  readonly prompt: StoredPackage
  readonly model: StoredPackage
  readonly warnings: readonly string[]
}

export interface Published extends TaskVersion {
  readonly task: string
  /** False where this version was live already. */
  readonly changed: boolean
  /** The version that was live before. */
  readonly replaced: TaskVersion | null
}

/**
 * Reads a prompt package and a model package and checks that they are whole, belong together and answer as in training. With
 * `task`, the prompt is published under this name instead of its card's.
 */
export async function preparePublication(promptDirectory: string, modelDirectory: string, task?: string): Promise<Publication> {
  const { model, opened } = await readModel(modelDirectory)
  const files = readPromptFiles(promptDirectory)
  const checked = await readPromptPackage(files, opened.card, promptDirectory)
  const warnings = [...checked.warnings, await runSelfTest(checked, opened), cutByWorker(checked.card.maxTokens)]
  const renamed = task !== undefined && task !== checked.card.task
  const promptCard = renamed ? new TextEncoder().encode(cardText({ ...checked.card, task })) : files['prompt.json']
  const prompt = storedPackage('prompts', 'prompt.json', promptCard, otherFiles(files))
  return {
    task: task ?? checked.card.task,
    version: { prompt: prompt.id, model: model.id },
    prompt,
    model,
    warnings: warnings.filter((warning) => warning !== null),
  }
}

/**
 * Stores both packages, reads them back, and only then makes the version live. Stopped anywhere before, it leaves the
 * task as it was and, at worst, objects that `gc` finds. Throws `conflict` where others keep changing the task.
 */
export async function publish(
  bucket: Bucket,
  { task, version, prompt, model }: Publication,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<Published> {
  const current = await readPointer(bucket, task)
  const live = current !== null && sameVersion(current.pointer.live, version)
  if (live && (await missing(bucket, [prompt, model])) === null) return { task, ...version, changed: false, replaced: null }

  try {
    await uploadPackage(bucket, model, signal, log)
    await uploadPackage(bucket, prompt, signal, log)
  } catch (error) {
    checkNotAborted(signal) // in a terminal Ctrl-C ends the local R2 too, whose absence is then no news
    throw error
  }
  const lost = await missing(bucket, [prompt, model])
  if (lost !== null) {
    throw new SoftPromptError(
      'storage',
      `Cannot publish task ${task}: ${lost} disappeared while the rest was uploaded. Did gc run with a --grace too short? Publish again; the task is unchanged.`,
    )
  }
  checkNotAborted(signal)

  const { before, after } = await movePointer(bucket, task, (pointer) => withLive(pointer, version))
  return { task, ...version, changed: after !== before, replaced: after === before ? null : (before?.live ?? null) }
}

/** Answers the card's self-test as the Worker will, and judges it as the Worker will: it refuses there what it refuses here. */
async function runSelfTest(prompt: PromptPackage, model: ModelPackage): Promise<string | null> {
  const { selfTest, temperature } = prompt.card
  const frozen = new FrozenModel(model)
  try {
    const texts = selfTest.map(({ text }) => text)
    const answers = await scorePrompt(frozen)(
      prompt,
      texts.length > 0 ? texts : ['Without a self-test, any text shows whether it answers.'],
    )
    const tested = selfTest.map(({ scores }, i) => ({ scores, probabilities: softmax(answers[i] as number[], temperature) }))
    return judgeSelfTest(prompt.card, tested, model.card.weights)
  } finally {
    await frozen.release()
  }
}

async function readModel(directory: string): Promise<{ model: StoredPackage & { id: string }; opened: ModelPackage }> {
  const { bytes, card } = readModelCard(directory)
  const total = modelBytes(card)
  if (total > mostBytes.model) {
    throw new SoftPromptError(
      'unsupported',
      `Cannot publish with model ${directory}: it has ${total} bytes, and a Worker's memory holds ${mostBytes.model}. Import it with --weights int8, or take a smaller one.`,
    )
  }
  const described = modelFiles.flatMap((name) => (name === 'model.json' ? [] : [fileSource(join(directory, name), card.files[name])]))
  const sources = await Promise.all(described)
  return { model: storedPackage('models', 'model.json', bytes, sources), opened: openModel(directory) }
}

function otherFiles(files: PromptFiles) {
  return promptFiles.flatMap((name) => (name === 'prompt.json' ? [] : [inMemory(name, files[name])]))
}

async function missing(bucket: Bucket, packages: readonly StoredPackage[]): Promise<string | null> {
  for (const { folder, card, files } of packages) {
    const file = await missingFile(bucket, folder, [...files, card])
    if (file !== null) return file
  }
  return null
}
