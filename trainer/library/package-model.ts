import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { modelFolderOf } from '../disk/prompt-folder.ts'
import { defaultModel } from './shipped.ts'

/** The model package that the prompt in `directory` runs on: the one named, else the one it was made on, else the default. */
export function packageModel(directory: string, named: string | undefined): string {
  if (named !== undefined) return named
  const made = modelFolderOf(directory)
  if (made === null) return defaultModel
  if (existsSync(join(made, 'model.json'))) return made
  throw new SoftPromptError(
    'usage',
    `Cannot find the model of ${directory}: it was made on ${JSON.stringify(made)}, and there is no model package now. Name it with --model.`,
  )
}
