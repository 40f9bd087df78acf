import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText, sha256 } from '../../shared/formats/card.ts'
import { mostBytes, mostRowTokens } from '../../shared/formats/limits.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import { type PeftFiles, peftFiles } from '../../shared/formats/peft.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { labelTensor, type PromptFiles, type PromptParameters, readPromptPackage } from '../../shared/formats/prompt-package.ts'
import { writeSafetensors } from '../../shared/formats/safetensors.ts'
import { promptFiles } from '../../shared/formats/storage-keys.ts'
import { readFile, requireFolder } from './read-file.ts'
import { type FolderKind, replaceFolder } from './replace-folder.ts'

/** A prompt package as a folder on disk. */
export const promptPackage: FolderKind = { what: 'a prompt package', files: promptFiles, card: 'prompt.json' }

/** What to tell where the Worker cuts rows shorter than they may be here; null where it does not, unless it was set to. */
export function cutByWorker(maxTokens: number): string | null {
  if (maxTokens <= mostRowTokens) return null
  return `rows have up to ${maxTokens} tokens here, and the Worker cuts texts so that a row has ${mostRowTokens}: raise MAX_ROW_TOKENS in wrangler.toml, or lower --max-tokens`
}

/** A card to be, without what follows from the files. */
export type UnsealedCard = Omit<PromptCard, 'files' | 'format' | 'version'>

/** The files of a prompt package. `labelRows` [C, H]. Throws where `model` could not load it: numbers that are not finite, other shapes. */
export async function makePromptFiles(
  card: UnsealedCard,
  parameters: PromptParameters,
  labelRows: Float32Array,
  model: ModelCard,
): Promise<PromptFiles> {
  return sealPromptFiles(card, peftFiles(parameters, model), labelRows, model, `prompt ${card.task}`)
}

/** The files of a prompt package around PEFT's own two, which stay as they are. `labelRows` [C, H]. `where` is theirs, for errors. */
export async function sealPromptFiles(
  card: UnsealedCard,
  peft: PeftFiles,
  labelRows: Float32Array,
  model: ModelCard,
  where: string,
): Promise<PromptFiles> {
  const rows = { shape: [card.labels.length, labelRows.length / card.labels.length], data: labelRows }
  const contents = { ...peft, 'labels.safetensors': writeSafetensors({ [labelTensor]: rows }) }
  const entry = async (bytes: Uint8Array<ArrayBuffer>) => ({ bytes: bytes.length, sha256: await sha256(bytes) })
  const sealed: PromptCard = {
    format: 'softprompt-prompt',
    version: 1,
    ...card,
    files: {
      'adapter_config.json': await entry(contents['adapter_config.json']),
      'adapter_model.safetensors': await entry(contents['adapter_model.safetensors']),
      'labels.safetensors': await entry(contents['labels.safetensors']),
    },
  }
  const files = { 'prompt.json': new TextEncoder().encode(cardText(sealed)), ...contents }
  await readPromptPackage(files, model, where)
  return files
}

/** The files of the prompt package in `directory`, none larger than serving takes. Throws where one is missing. */
export function readPromptFiles(directory: string): PromptFiles {
  const files: Partial<PromptFiles> = {}
  for (const name of promptFiles) {
    const bytes = readFile(join(directory, name), name === 'prompt.json' ? mostBytes.promptCard : mostBytes.promptFile, 'invalid_prompt')
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
export function writePromptPackage(directory: string, files: PromptFiles): Promise<void> {
  return replaceFolder(directory, promptPackage, async (folder) => {
    for (const name of promptFiles) writeFileSync(join(folder, name), files[name], { flush: true })
  })
}
