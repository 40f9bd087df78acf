import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import { runSelfTest } from '../../shared/engine/self-test.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText } from '../../shared/formats/card.ts'
import { type PromptFiles, parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { promptFiles } from '../../shared/formats/storage-keys.ts'
import { pointerOf, sameVersion, type TaskVersion } from '../../shared/formats/task-pointer.ts'
import { cutByWorker } from '../data/row-length.ts'
import { readPromptFolder } from '../disk/prompt-folder.ts'
import type { Bucket } from './bucket/bucket.ts'
import { checkNotAborted, inMemory, missingFile, type StoredPackage, storedPackage, uploadPackage } from './bucket/packages.ts'
import { type ModelPackage, ModelPackages } from './model-packages.ts'
import { changeOf, movePointer, readLog, withFormats, withLive } from './move-pointer.ts'

/** A prompt and its model, in each weight format that goes with it, as they will be stored: read from disk and checked. */
export interface Publication {
  readonly task: string
  readonly version: TaskVersion
  readonly prompt: StoredPackage
  readonly models: readonly StoredPackage[]
  readonly warnings: readonly string[]
}

export interface Published extends TaskVersion {
  readonly task: string
  /** False where this version was live already. */
  readonly changed: boolean
  /** The version that was live before; null where none was. */
  readonly replaced: TaskVersion | null
}

/**
 * Reads a prompt package and packages of its model, each in another weight format, and checks that they are whole, belong together and
 * answer as in training. With `task`, the prompt is published under this name instead of its card's. A model that no Worker can hold is
 * refused unless `anySize`. Who publishes many hands over the `shared` models, and closes them.
 */
export async function preparePublication(
  promptDirectory: string,
  modelDirectories: string | readonly string[],
  { task, anySize = false, shared }: { task?: string | undefined; anySize?: boolean; shared?: ModelPackages } = {},
): Promise<Publication> {
  const packages = shared ?? new ModelPackages()
  try {
    const files = readPromptFolder(promptDirectory)
    const models: Record<string, ModelPackage['stored']> = {}
    const warnings = new Set<string>()
    for (const directory of [modelDirectories].flat()) {
      const model = await packages.read(directory, anySize)
      const { weights } = model.opened.card
      if (model.tooLarge !== null) warnings.add(`no Worker can answer with this model: ${model.tooLarge}`)
      if (models[weights] !== undefined) throw sameFormat(directory, weights)
      models[weights] = model.stored
      for (const warning of await tried(files, promptDirectory, await packages.frozen(directory, model))) warnings.add(warning)
    }
    const card = parsePromptCard(files['prompt.json'], promptDirectory)
    const renamed = task !== undefined && task !== card.task
    const promptCard = renamed ? new TextEncoder().encode(cardText({ ...card, task })) : files['prompt.json']
    const prompt = storedPackage('prompts', 'prompt.json', promptCard, otherFiles(files))
    const ids = Object.fromEntries(Object.entries(models).map(([weights, { id }]) => [weights, id]))
    return {
      task: task ?? card.task,
      version: { prompt: prompt.id, base: card.base.hash, models: ids },
      prompt,
      models: Object.values(models),
      warnings: Array.from(warnings),
    }
  } finally {
    if (shared === undefined) await packages.close()
  }
}

/**
 * Stores the packages, reads them back, and only then makes the version live. Stopped anywhere before, it leaves the
 * task as it was and, at worst, objects that `gc` finds. Throws `conflict` where others keep changing the task.
 */
export async function publish(
  bucket: Bucket,
  { task, version, prompt, models }: Publication,
  signal: AbortSignal,
  log: (line: string) => void,
  status?: (line: string) => void,
): Promise<Published> {
  const current = (await readLog(bucket, task))?.log ?? null
  const live = current && pointerOf(current)?.live
  if (live && sameVersion(live, withFormats(current, version)) && (await missing(bucket, [prompt, ...models])) === null)
    return { task, ...live, changed: false, replaced: null }

  try {
    for (const model of models) await uploadPackage(bucket, model, signal, log, status)
    await uploadPackage(bucket, prompt, signal, log, status)
  } catch (error) {
    checkNotAborted(signal) // in a terminal Ctrl-C ends the local R2 too, whose absence is then no news
    throw error
  }
  const lost = await missing(bucket, [prompt, ...models])
  if (lost !== null) {
    throw new SoftPromptError(
      'storage',
      `Cannot publish task ${task}: ${lost} disappeared while the rest was uploaded. gc may have run with too short a --grace. Publish again; the task is unchanged.`,
    )
  }
  checkNotAborted(signal)

  const moved = await movePointer(bucket, task, (current) => withLive(current, withFormats(current, version), 'publish'))
  const { live: published, changed, replaced } = changeOf(moved)
  return { task, ...published, changed, replaced }
}

/** What is odd about a prompt, once it has answered its self-test as it will be asked where it is served, which refuses what is refused here. */
async function tried(files: PromptFiles, where: string, frozen: FrozenModel): Promise<string[]> {
  const prompt = await Prompt.load(files, where, frozen)
  const warnings = [...prompt.warnings, await runSelfTest(prompt, async () => frozen), cutByWorker(prompt.card.maxTokens)]
  return warnings.filter((warning) => warning !== null)
}

function sameFormat(directory: string, weights: string): SoftPromptError {
  return new SoftPromptError(
    'usage',
    `Cannot publish with model ${directory} too: its weights are ${weights}, as those of another model that was named. Name one for each weight format.`,
  )
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
