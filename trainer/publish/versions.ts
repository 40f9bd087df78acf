import { findModelCard, readModelCard } from '../../shared/engine/stored-model.ts'
import { findPromptCard, readPromptCard } from '../../shared/engine/stored-prompt.ts'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { loggedVersions, type TaskLog, type TaskVersion } from '../../shared/formats/task-pointer.ts'
import { type Bucket, bucketStore, listFolders } from './bucket/bucket.ts'
import { missingFile } from './bucket/packages.ts'

/** Throws where a file of the version's prompt or of one of its models is not in the bucket: such a version must not go live. */
export async function requireWhole(bucket: Bucket, { prompt, models }: TaskVersion): Promise<void> {
  const store = bucketStore(bucket)
  await requireFiles(bucket, `prompts/${prompt}/`, (await readPromptCard(store, prompt)).files)
  for (const model of Object.values(models)) await requireFiles(bucket, `models/${model}/`, (await readModelCard(store, model)).files)
}

async function requireFiles(bucket: Bucket, folder: string, files: Record<string, { bytes: number }>): Promise<void> {
  const described = Object.entries(files).map(([name, { bytes }]) => ({ name, bytes }))
  const file = await missingFile(bucket, folder, described)
  if (file !== null) throw new SoftPromptError('not_found', `Cannot find ${file} in the bucket. Publish the package again.`)
}

/**
 * The version of `task` that `wanted` begins the prompt's hash of: among those in its log, else any stored
 * prompt whose card names the task, on the models that the task runs on if they are of the prompt's base, else on stored ones of it.
 */
export async function findVersion(bucket: Bucket, task: string, log: TaskLog, wanted: string): Promise<TaskVersion> {
  if (!/^[0-9a-f]{4,64}$/.test(wanted)) {
    throw new SoftPromptError(
      'usage',
      `Cannot look for version ${excerpt(JSON.stringify(wanted))}: it must be 4 to 64 hexadecimal digits, the beginning of a prompt's SHA-256. softprompt show ${task} lists them.`,
    )
  }
  const store = bucketStore(bucket)
  const known = loggedVersions(log.events).filter(({ prompt }) => prompt.startsWith(wanted))
  const prompts = new Set(known.map(({ prompt }) => prompt))
  for (const prompt of await listFolders(bucket, 'prompts/', wanted)) {
    if (!/^[0-9a-f]{64}$/.test(prompt)) continue // what is not named as a package is none of ours
    if ((await findPromptCard(store, prompt))?.task === task) prompts.add(prompt)
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
      `Cannot tell which version of task ${task} is meant by ${wanted}: ${[...prompts].join(', ')}. Give more digits.`,
    )
  }
  if (known[0] !== undefined) return known[0]
  const card = await readPromptCard(store, prompt)
  return { prompt, base: card.base.hash, models: await modelsFor(bucket, card, log) }
}

/** Stored models of the prompt's base, by weight format: those that the task ran on last if there are any, else whichever are stored. */
async function modelsFor(bucket: Bucket, { base, task }: PromptCard, log: TaskLog): Promise<TaskVersion['models']> {
  const used = loggedVersions(log.events).find((version) => version.base === base.hash)
  if (used !== undefined) return used.models
  const models: Record<string, string> = {}
  for (const model of await listFolders(bucket, 'models/')) {
    const card = /^[0-9a-f]{64}$/.test(model) ? await findModelCard(bucketStore(bucket), model) : null
    if (card?.baseHash === base.hash) models[card.weights] ??= model
  }
  if (Object.keys(models).length > 0) return models
  throw new SoftPromptError(
    'base_mismatch',
    `Cannot promote this version of task ${task}: it is for base ${base.hash} (${base.name}), and the bucket has no model of it. Publish the package again, with --model.`,
  )
}
