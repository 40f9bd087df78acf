import { sha256 } from '../shared/manifest.ts'
import type { PromptFiles } from '../shared/prompt-package.ts'
import { type ModelFile, modelKey, type PromptFile, promptKey, type TaskVersion, taskKey } from '../shared/storage-keys.ts'

export type ModelFiles = Record<ModelFile, Uint8Array<ArrayBuffer>>

/** R2, as far as it is needed here: inside workerd, or Miniflare's from outside. */
export interface Bucket {
  put(key: string, value: Uint8Array | string): Promise<unknown>
}

/** Puts a model's files in the bucket, and gives the package's name. */
export async function uploadModel(bucket: Bucket, files: Partial<ModelFiles> & Pick<ModelFiles, 'model.json'>): Promise<string> {
  const model = await sha256(files['model.json'])
  for (const [file, bytes] of Object.entries(files)) await bucket.put(modelKey(model, file as ModelFile), bytes)
  return model
}

/** Puts a prompt's files in the bucket, and gives the package's name. */
export async function uploadPrompt(bucket: Bucket, files: Partial<PromptFiles> & Pick<PromptFiles, 'prompt.json'>): Promise<string> {
  const prompt = await sha256(files['prompt.json'])
  for (const [file, bytes] of Object.entries(files)) await bucket.put(promptKey(prompt, file as PromptFile), bytes)
  return prompt
}

/** Makes `live` what `task` answers with, after the versions in `previous`. */
export async function pointTask(bucket: Bucket, task: string, live: TaskVersion, previous: readonly TaskVersion[] = []): Promise<void> {
  await bucket.put(taskKey(task), JSON.stringify({ live, previous, updated: '2026-01-01T00:00:00Z' }))
}
