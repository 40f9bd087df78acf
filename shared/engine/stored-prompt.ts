import { SoftPromptError } from '../error.ts'
import { sha256 } from '../formats/hashing.ts'
import { maxBytes } from '../formats/limits.ts'
import type { PromptCard } from '../formats/prompt-card.ts'
import { type PromptFiles, parsePromptCard } from '../formats/prompt-package.ts'
import { promptFiles, promptKey } from '../formats/storage-keys.ts'
import { requireObject, type Store } from './store.ts'

/** The card of the stored prompt `prompt`, or null where there is none. */
export async function findPromptCard(store: Pick<Store, 'read'>, prompt: string): Promise<PromptCard | null> {
  const bytes = await store.read(promptKey(prompt, 'prompt.json'), maxBytes.promptCard)
  return bytes && readCard(bytes, prompt)
}

/** The card of the stored prompt `prompt`. Throws `not_found` where there is none. */
export async function readPromptCard(store: Pick<Store, 'read'>, prompt: string): Promise<PromptCard> {
  return readCard(await requireObject(store, promptKey(prompt, 'prompt.json'), maxBytes.promptCard), prompt)
}

/** The files of the stored prompt `prompt`, none larger than its card says. `readPromptPackage` checks what is in them. */
export async function readPromptFiles(store: Pick<Store, 'read'>, prompt: string): Promise<PromptFiles> {
  const cardBytes = await requireObject(store, promptKey(prompt, 'prompt.json'), maxBytes.promptCard)
  const card = await readCard(cardBytes, prompt)
  const files = promptFiles.map(async (file) => {
    if (file === 'prompt.json') return [file, cardBytes] as const
    const limit = Math.min(card.files[file].bytes, maxBytes.promptFile)
    return [file, await requireObject(store, promptKey(prompt, file), limit)] as const
  })
  return Object.fromEntries(await Promise.all(files)) as PromptFiles
}

/** Throws where the card does not match the hash in its name. */
async function readCard(bytes: Uint8Array<ArrayBuffer>, prompt: string): Promise<PromptCard> {
  if ((await sha256(bytes)) === prompt) return parsePromptCard(bytes, `prompt ${prompt}`)
  throw new SoftPromptError(
    'invalid_prompt',
    `Cannot load prompt ${prompt}: its prompt.json does not match the hash in its name. Publish it again.`,
  )
}
