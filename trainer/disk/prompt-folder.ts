import { writeFileSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { z } from 'zod'
import { SoftPromptError } from '../../shared/error.ts'
import { parseCard } from '../../shared/formats/card.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import type { PromptFiles } from '../../shared/formats/prompt-package.ts'
import { promptFiles } from '../../shared/formats/storage-keys.ts'
import { readFile, requireFolder } from './read-file.ts'
import { type FolderKind, replaceFolder } from './replace-folder.ts'

/** What only this machine knows of a package. It lies beside the package's files and is never published. */
const localFile = 'local.json'
const Local = z.object({
  model: z.string().min(1).max(4096),
  /** What the package was made from, each by a hash or a version. */
  made: z.record(z.string(), z.string()).optional(),
})

/** What a package was measured to be, on data that its training has not seen. It lies beside the package's files, too. */
export const evaluationFile = 'evaluation.json'

/** What its training told, an event a line. That lies beside the package's files as well. */
export const eventsFile = 'events.jsonl'

/** A prompt package as a folder on disk. */
export const promptFolder: FolderKind = {
  what: 'a prompt package',
  files: [...promptFiles, localFile, evaluationFile, eventsFile],
  card: 'prompt.json',
}

/** The files of the prompt package in `directory`, none larger than serving takes. Throws where one is missing. */
export function readPromptFolder(directory: string): PromptFiles {
  const files: Partial<PromptFiles> = {}
  for (const name of promptFiles) {
    const bytes = readFile(join(directory, name), name === 'prompt.json' ? maxBytes.promptCard : maxBytes.promptFile, 'invalid_prompt')
    if (bytes === null) requireFolder(directory, 'invalid_prompt')
    if (bytes === null && name === 'prompt.json') {
      throw new SoftPromptError(
        'invalid_prompt',
        `Cannot read ${directory}: it has no prompt.json, so it is not a prompt package. If PEFT made it, softprompt adopt writes the card.`,
      )
    }
    if (bytes === null) throw new SoftPromptError('invalid_prompt', `Cannot read ${directory}: it has no ${name}. Copy the package again.`)
    files[name] = bytes
  }
  return files as PromptFiles
}

/**
 * Writes a prompt package to `directory`, whole or not at all, in the place of one that is there, and that its model lies in the folder
 * `model`, what it was made from, and what its training told. Throws where anything else is there.
 */
export function writePromptFolder(
  directory: string,
  files: PromptFiles,
  model: string,
  made?: Readonly<Record<string, string>>,
  events?: Uint8Array,
): Promise<void> {
  return replaceFolder(directory, promptFolder, async (folder) => {
    for (const name of promptFiles) writeFileSync(join(folder, name), files[name], { flush: true })
    writeFileSync(join(folder, localFile), `${JSON.stringify({ model: fromFolder(directory, model), made })}\n`, { flush: true })
    if (events !== undefined) writeFileSync(join(folder, eventsFile), events, { flush: true })
  })
}

/** The folder of the model that the package in `directory` was made on, as it was then; null where the package does not say. */
export function modelFolderOf(directory: string): string | null {
  const local = localOf(directory)
  if (local === null) return null
  return isAbsolute(local.model) ? local.model : relative('', resolve(directory, local.model)) || '.'
}

/** What the package in `directory` was made from; null where it does not say. */
export function madeFrom(directory: string): Readonly<Record<string, string>> | null {
  return localOf(directory)?.made ?? null
}

function localOf(directory: string): z.infer<typeof Local> | null {
  const path = join(directory, localFile)
  const bytes = readFile(path, maxBytes.localFile, 'invalid_prompt')
  return bytes && parseCard(Local, new TextDecoder().decode(bytes), path, 'invalid_prompt')
}

/** `model` as it is found from `directory`, so that both can move together; absolute where they lie in different places. */
function fromFolder(directory: string, model: string): string {
  const inside = (path: string) => !relative('', path).startsWith('..') && !isAbsolute(relative('', path))
  return inside(directory) && inside(model) ? relative(directory, model) : resolve(model)
}
