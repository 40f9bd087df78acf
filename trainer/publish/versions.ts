import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { PromptCard } from '../../shared/formats/prompt-card.ts'
import { modelKey, promptKey, type TaskPointer, type TaskVersion } from '../../shared/formats/storage-keys.ts'
import { type Bucket, listFolders, readText } from './bucket/bucket.ts'
import { missingFile } from './bucket/packages.ts'

/** The card of a stored prompt, or null where the bucket has none. */
async function findPromptCard(bucket: Bucket, prompt: string): Promise<PromptCard | null> {
  const key = promptKey(prompt, 'prompt.json')
  const object = await readText(bucket, key, mostBytes.promptCard)
  return object && parseCard(PromptCard, object.text, key, 'invalid_prompt')
}

/** The card of a stored model, or null where the bucket has none. */
async function findModelCard(bucket: Bucket, model: string): Promise<ModelCard | null> {
  const key = modelKey(model, 'model.json')
  const object = await readText(bucket, key, mostBytes.modelCard)
  return object && parseCard(ModelCard, object.text, key, 'invalid_model')
}

/** The card of a stored prompt. Throws `not_found` where the bucket has none. */
export async function readPromptCard(bucket: Bucket, prompt: string): Promise<PromptCard> {
  const card = await findPromptCard(bucket, prompt)
  if (card === null) throw missing(`prompt ${prompt}`)
  return card
}

/** The card of a stored model. Throws `not_found` where the bucket has none. */
export async function readModelCard(bucket: Bucket, model: string): Promise<ModelCard> {
  const card = await findModelCard(bucket, model)
  if (card === null) throw missing(`model ${model}`)
  return card
}

/** Throws where a file of the version's prompt or model is not in the bucket: such a version must not go live. */
export async function requireWhole(bucket: Bucket, { prompt, model }: TaskVersion): Promise<void> {
  const packages = [
    [`prompts/${prompt}/`, (await readPromptCard(bucket, prompt)).files],
    [`models/${model}/`, (await readModelCard(bucket, model)).files],
  ] as const
  for (const [folder, files] of packages) {
    const file = await missingFile(
      bucket,
      folder,
      Object.entries(files).map(([name, { bytes }]) => ({ name, bytes })),
    )
    if (file !== null) throw missing(file)
  }
}

/**
 * The version of `task` that `wanted` begins the prompt's hash of: among those that the pointer knows, else any stored
 * prompt whose card names the task, on the live model if it is of the prompt's base, else on another stored one of it.
 */
export async function findVersion(bucket: Bucket, task: string, pointer: TaskPointer, wanted: string): Promise<TaskVersion> {
  if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
    throw new SoftPromptError(
      'usage',
      `Cannot look for version ${JSON.stringify(wanted)}: it must be 4 to 64 hexadecimal digits, the beginning of a prompt's SHA-256. softprompt show ${task} lists them.`,
    )
  }
  const known = [pointer.live, ...pointer.previous].filter(({ prompt }) => prompt.startsWith(wanted))
  const prompts = new Set(known.map(({ prompt }) => prompt))
  for (const prompt of await listFolders(bucket, 'prompts/', wanted)) {
    if ((await findPromptCard(bucket, prompt))?.task === task) prompts.add(prompt)
  }
  const [prompt, ...others] = prompts
  if (prompt === undefined) {
    throw new SoftPromptError(
      'not_found',
      `Cannot find a version of task ${task} that begins with ${wanted}. softprompt show ${task} lists them.`,
    )
  }
  if (others.length > 0) {
    throw new SoftPromptError(
      'usage',
      `Cannot tell which version of task ${task} is meant by ${wanted}: ${[...prompts].join(', ')}. Give more of it.`,
    )
  }
  return known[0] ?? { prompt, model: await modelFor(bucket, await readPromptCard(bucket, prompt), pointer) }
}

/** A stored model of the prompt's base: one that the task runs on already if possible, else one with the same weights. */
async function modelFor(bucket: Bucket, { base, task }: PromptCard, pointer: TaskPointer): Promise<string> {
  const used = [pointer.live, ...pointer.previous].map(({ model }) => model)
  const others: string[] = []
  for (const model of new Set([...used, ...(await listFolders(bucket, 'models/'))])) {
    const card = await findModelCard(bucket, model)
    if (card?.baseHash !== base.hash) continue
    if (used.includes(model) || (card.weights === base.weights && card.graphVersion === base.graphVersion)) return model
    others.push(model)
  }
  if (others[0] !== undefined) return others[0]
  throw new SoftPromptError(
    'base_mismatch',
    `Cannot promote this version of task ${task}: it is for base ${base.hash} (${base.name}), and the bucket has no model of it. Publish the package again, with --model.`,
  )
}

function missing(what: string): SoftPromptError {
  return new SoftPromptError('not_found', `Cannot find ${what} in the bucket. Publish the package again.`)
}
