import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { SoftPromptError } from '../../shared/error.ts'
import { cardText, sha256 } from '../../shared/manifest.ts'
import type { ModelCard } from '../../shared/model-card.ts'
import type { PromptCard } from '../../shared/prompt-card.ts'
import { labelTensor, type PromptFiles, type PromptParameters, readPromptPackage } from '../../shared/prompt-package.ts'
import { writeSafetensors } from '../../shared/safetensors.ts'
import { mostBytes } from '../../shared/size-limits.ts'
import { promptFiles } from '../../shared/storage-keys.ts'
import { type PeftFiles, peftFiles } from './peft.ts'
import { readBounded } from './read-bounded.ts'

/** A card to be, without what follows from the files. */
export type UnsealedCard = Omit<PromptCard, 'files' | 'format' | 'version'>

/** The files of a prompt package. `labelRows` [C, H]. Throws where `model` could not load it: numbers that are not finite, other shapes. */
export async function makePromptFiles(
  card: UnsealedCard,
  parameters: PromptParameters,
  labelRows: Float32Array,
  model: ModelCard,
): Promise<PromptFiles> {
  return sealPromptFiles(card, peftFiles(parameters, model), labelRows, model)
}

/** The files of a prompt package around PEFT's own two, which stay as they are. `labelRows` [C, H]. */
export async function sealPromptFiles(
  card: UnsealedCard,
  peft: PeftFiles,
  labelRows: Float32Array,
  model: ModelCard,
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
  await readPromptPackage(files, model, `prompt ${card.task}`)
  return files
}

/** The files of the prompt package in `directory`, none larger than serving takes. Throws where one is missing. */
export async function readPromptFiles(directory: string): Promise<PromptFiles> {
  const files: Partial<PromptFiles> = {}
  for (const name of promptFiles) {
    const bytes = await readBounded(join(directory, name), name === 'prompt.json' ? mostBytes.promptCard : mostBytes.promptFile)
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

/**
 * Writes a prompt package to `directory`, in the place of one that is there already. It is written beside it and moved
 * there when it is whole and on disk, so that `directory` never holds half a package; a process killed in between leaves
 * the old one there, or beside it as `.<name>-….old`. Throws where `directory` holds anything else than a package.
 */
export async function writePromptPackage(directory: string, files: PromptFiles): Promise<void> {
  const target = resolve(directory)
  const replaces = await checkOutput(target)
  const beside = join(dirname(target), `.${basename(target)}-${randomBytes(6).toString('hex')}`)
  const [incoming, outgoing] = [`${beside}.new`, `${beside}.old`]
  await mkdir(incoming, { recursive: true })
  try {
    for (const name of promptFiles) await writeThrough(join(incoming, name), files[name])
    await syncDirectory(incoming)
    if (replaces) await rename(target, outgoing)
    await rename(incoming, target)
    await syncDirectory(dirname(target))
  } catch (error) {
    if (replaces) await rename(outgoing, target).catch(() => undefined) // it is there still, or cannot be brought back
    throw new SoftPromptError(
      'storage',
      `Cannot write a prompt package to ${directory}: ${(error as Error).message}. Make room, or name another folder.`,
      {
        cause: error,
      },
    )
  } finally {
    await rm(incoming, { recursive: true, force: true })
  }
  await rm(outgoing, { recursive: true, force: true })
}

/**
 * Whether there is a package (or an empty folder) at `target` to be replaced. Throws where there is anything else, which
 * would be lost: worth asking before the work on a package begins.
 */
export async function checkOutput(target: string): Promise<boolean> {
  if (target === '') throw new SoftPromptError('usage', 'Cannot write a prompt package to a folder without a name. Name one with --out.')
  const parent = dirname(resolve(target))
  try {
    await mkdir(parent, { recursive: true })
    await access(parent, constants.W_OK)
  } catch (cause) {
    throw new SoftPromptError(
      'usage',
      `Cannot write a prompt package to ${target}: ${(cause as Error).message}. Name another folder with --out.`,
      { cause },
    )
  }
  const entries = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new SoftPromptError(
      'usage',
      `Cannot write a prompt package to ${target}: ${error.code === 'ENOTDIR' ? 'a file is there' : error.message}. Name another folder.`,
      { cause: error },
    )
  })
  if (entries === null) return false
  const other =
    entries.find((name) => !(promptFiles as readonly string[]).includes(name)) ?? (entries.includes('prompt.json') ? undefined : entries[0])
  if (other === undefined) return true
  throw new SoftPromptError(
    'usage',
    `Cannot write a prompt package to ${target}: the folder holds something else (${other}), which would be lost. Name another folder.`,
  )
}

async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
