import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { readModelFolder } from '../import/open-model.ts'

/** Where imports are put by the examples. */
const usualFolder = 'models'

/**
 * Packages of one base, one for each of `formats`: of those in the folders `named` or, where none of these has a format, of those that lie
 * beside the first of them, or in ./models. Throws `usage`, with the command that makes it, where there is none.
 */
export function modelsInFormats(named: readonly [string, ...string[]], formats: readonly string[]): string[] {
  const { card } = readModelFolder(named[0])
  const candidates = [...named, ...foldersIn(dirname(resolve(named[0]))), ...foldersIn(usualFolder)]
  return formats.map((format) => {
    const found = candidates.find((directory) => isOf(directory, card.baseHash, format))
    if (found === undefined) throw notFound(named[0], card, format)
    return found
  })
}

function foldersIn(directory: string): string[] {
  if (!existsSync(directory)) return []
  const names = readdirSync(directory).sort()
  return names.map((name) => relative('', join(directory, name))).filter((path) => existsSync(join(path, 'model.json')))
}

/** Whether a folder is a package of a base in a format. What can't be read isn't one. */
function isOf(directory: string, base: string, format: string): boolean {
  try {
    const { card } = readModelFolder(directory)
    return card.baseHash === base && card.weights === format
  } catch (error) {
    if (error instanceof SoftPromptError) return false
    throw error
  }
}

function notFound(model: string, { name, source }: ModelCard, format: string): SoftPromptError {
  const out = join(usualFolder, `${name.replaceAll(/[^\w.-]+/g, '-')}-${format}`)
  const from = source === '' ? 'its checkpoint' : `its checkpoint, ${source}`
  return new SoftPromptError(
    'usage',
    `Cannot find model ${name} with ${format} weights, neither beside ${model} nor in ${usualFolder}. Import ${from}: softprompt import CHECKPOINT --weights ${format} --out ${out}. Or name its folder with --model.`,
  )
}
