import { TaskName } from './task-name.ts'

export const modelFiles = ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'] as const
export const promptFiles = ['prompt.json', 'adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'] as const

export type ModelFile = (typeof modelFiles)[number]
export type PromptFile = (typeof promptFiles)[number]

/** Packages are named by the SHA-256 of their cards. */
export const modelKey = (model: string, file: ModelFile) => `models/${model}/${file}`
export const promptKey = (prompt: string, file: PromptFile) => `prompts/${prompt}/${file}`
export const taskKey = (task: string) => `tasks/${task}.json`

/** What the keys of all tasks begin with. */
export const taskPrefix = 'tasks/'

/** The task whose pointer is stored under `key`, or null where that is no task's key. */
export function taskOfKey(key: string): string | null {
  const parsed = TaskName.safeParse(/^tasks\/(.*)\.json$/s.exec(key)?.[1])
  return parsed.success ? parsed.data : null
}
