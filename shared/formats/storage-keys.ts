import { z } from 'zod'
import { Sha256 } from './card.ts'

/** One published version of a task: a prompt package and the model package that it runs on, each named by its card's SHA-256. */
export const TaskVersion = z.object({ prompt: Sha256, model: Sha256 })
export type TaskVersion = z.infer<typeof TaskVersion>

/** `tasks/<task>.json`, the only object in the bucket that changes. `previous` has the newest first. */
export const TaskPointer = z.object({
  live: TaskVersion,
  previous: z.array(TaskVersion).max(64),
  /** ISO 8601 */
  updated: z.string().max(64),
})
export type TaskPointer = z.infer<typeof TaskPointer>

export const modelFiles = ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'] as const
export const promptFiles = ['prompt.json', 'adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'] as const

export type ModelFile = (typeof modelFiles)[number]
export type PromptFile = (typeof promptFiles)[number]

export const modelKey = (model: string, file: ModelFile) => `models/${model}/${file}`
export const promptKey = (prompt: string, file: PromptFile) => `prompts/${prompt}/${file}`
export const taskKey = (task: string) => `tasks/${task}.json`
