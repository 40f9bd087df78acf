import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/card.ts'
import { mostBytes } from '../../shared/formats/limits.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { type PromptFiles, parsePromptCard } from '../../shared/formats/prompt-package.ts'
import { promptFiles, promptKey } from '../../shared/formats/storage-keys.ts'
import { requireObject } from './read-object.ts'

/** The card of `prompt`. Throws `invalid_file` where it is missing: a task whose card is lost is broken, and is there. */
export async function readPromptCard(bucket: R2Bucket, prompt: string): Promise<PromptCard> {
  try {
    return parsePromptCard(await readCardBytes(bucket, prompt), `prompt ${prompt}`)
  } catch (error) {
    if (!(error instanceof SoftPromptError) || error.code !== 'not_found') throw error
    throw new SoftPromptError('invalid_file', error.message, { cause: error })
  }
}

/** The files of `prompt`, none of another size than its card says. `readPromptPackage` checks what is in them. */
export async function readPromptFiles(bucket: R2Bucket, prompt: string): Promise<PromptFiles> {
  const cardBytes = await readCardBytes(bucket, prompt)
  const card = parsePromptCard(cardBytes, `prompt ${prompt}`)
  const files = promptFiles.map(async (file) => {
    if (file === 'prompt.json') return [file, cardBytes] as const
    const most = Math.min(card.files[file].bytes, mostBytes.promptFile)
    return [file, await requireObject(bucket, promptKey(prompt, file), most)] as const
  })
  return Object.fromEntries(await Promise.all(files)) as PromptFiles
}

/** Throws where it is missing, or is not the one that the name is the hash of. */
async function readCardBytes(bucket: R2Bucket, prompt: string): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await requireObject(bucket, promptKey(prompt, 'prompt.json'), mostBytes.promptCard)
  if ((await sha256(bytes)) !== prompt) {
    throw new SoftPromptError(
      'invalid_prompt',
      `Cannot load prompt ${prompt}: its prompt.json is another one than the name is the hash of. Publish it again.`,
    )
  }
  return bytes
}
