import { SoftPromptError } from '../../shared/error.ts'
import type { TaskVersion } from '../../shared/formats/task-pointer.ts'

/** The package, of a version's `models`, whose weight format comes first in `formats`. Throws where none of them is served here. */
export function chooseModel(models: TaskVersion['models'], formats: readonly string[], task: string): string {
  const format = formats.find((name) => Object.hasOwn(models, name))
  if (format !== undefined) return models[format] as string
  throw new SoftPromptError(
    'unsupported',
    `Cannot answer task ${task}: its model is published with ${Object.keys(models).join(', ')} weights, and ${formats.join(', ')} are served here. Publish it with one of them, or name it in WEIGHT_FORMATS, in wrangler.toml or, on a server, in the environment.`,
  )
}
