import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import type { PromptFiles } from '../../shared/formats/prompt-package.ts'
import { promptFiles } from '../../shared/formats/storage-keys.ts'
import { readFile, requireFolder } from './read-file.ts'
import { type FolderKind, replaceFolder } from './replace-folder.ts'

/** A prompt package as a folder on disk. */
export const promptFolder: FolderKind = { what: 'a prompt package', files: promptFiles, card: 'prompt.json' }

/** The files of the prompt package in `directory`, none larger than serving takes. Throws where one is missing. */
export function readPromptFolder(directory: string): PromptFiles {
  const files: Partial<PromptFiles> = {}
  for (const name of promptFiles) {
    const bytes = readFile(join(directory, name), name === 'prompt.json' ? maxBytes.promptCard : maxBytes.promptFile, 'invalid_prompt')
    if (bytes === null) requireFolder(directory, 'invalid_prompt')
    if (bytes === null && name === 'prompt.json') {
      throw new SoftPromptError(
        'invalid_prompt',
        `Cannot read ${directory}: it has no prompt.json, so it is no prompt package. Was it made by PEFT? softprompt adopt writes the card.`,
      )
    }
    if (bytes === null) throw new SoftPromptError('invalid_prompt', `Cannot read ${directory}: it has no ${name}. Copy the package again.`)
    files[name] = bytes
  }
  return files as PromptFiles
}

/** Writes a prompt package to `directory`, whole or not at all, in the place of one that is there. Throws where anything else is. */
export function writePromptFolder(directory: string, files: PromptFiles): Promise<void> {
  return replaceFolder(directory, promptFolder, async (folder) => {
    for (const name of promptFiles) writeFileSync(join(folder, name), files[name], { flush: true })
  })
}
