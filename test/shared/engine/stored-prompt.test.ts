import { describe, expect, test } from 'vitest'
import type { Store } from '../../../shared/engine/store.ts'
import { requireSize } from '../../../shared/engine/store.ts'
import { findPromptCard, readPromptCard, readPromptFiles } from '../../../shared/engine/stored-prompt.ts'
import { sha256 } from '../../../shared/formats/hashing.ts'
import { maxBytes } from '../../../shared/formats/limits.ts'
import type { PromptFiles } from '../../../shared/formats/prompt-package.ts'
import { promptKey } from '../../../shared/formats/storage-keys.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

const files = await randomPrompt(writtenCard(), { task: 'spam' })
const prompt = await sha256(files['prompt.json'])
const card = JSON.parse(new TextDecoder().decode(files['prompt.json']))

/** A store of bytes: the prompt's files, but for some. */
function storeOf(changes: Partial<PromptFiles> = {}, name = prompt): Store {
  const objects = new Map(
    Object.entries({ ...files, ...changes }).map(([file, bytes]) => [promptKey(name, file as keyof PromptFiles), bytes]),
  )
  return {
    async read(key, limit) {
      const bytes = objects.get(key)
      if (bytes === undefined) return null
      requireSize(key, bytes.length, limit)
      return bytes
    },
    stream: async () => null,
    async *list() {},
  }
}
const nothing: Store = { read: async () => null, stream: async () => null, async *list() {} }

describe('a stored prompt', () => {
  test('is its card and its files', async () => {
    expect(await findPromptCard(storeOf(), prompt)).toEqual(card)
    expect(await readPromptCard(storeOf(), prompt)).toEqual(card)
    expect(await readPromptFiles(storeOf(), prompt)).toEqual(files)
  })

  test('that is not there is null to who asks, and an error to who needs it', async () => {
    const missing = { code: 'not_found', message: expect.stringContaining(promptKey(prompt, 'prompt.json')) }
    expect(await findPromptCard(nothing, prompt)).toBeNull()
    await expect(readPromptCard(nothing, prompt)).rejects.toMatchObject(missing)
    await expect(readPromptFiles(nothing, prompt)).rejects.toMatchObject(missing)
  })

  test('whose card does not match the hash in its name is refused', async () => {
    const other = storeOf({ 'prompt.json': (await randomPrompt(writtenCard(), { task: 'other' }))['prompt.json'] })
    for (const read of [findPromptCard, readPromptCard, readPromptFiles])
      await expect(read(other, prompt)).rejects.toMatchObject({ code: 'invalid_prompt', message: expect.stringContaining(prompt) })
  })

  test('under the hash of something that is no card is refused', async () => {
    const bytes = Uint8Array.from(new TextEncoder().encode('[]'))
    const name = await sha256(bytes)
    for (const read of [findPromptCard, readPromptCard, readPromptFiles])
      await expect(read(storeOf({ 'prompt.json': bytes }, name), name)).rejects.toMatchObject({
        code: 'invalid_prompt',
        message: expect.stringContaining(`prompt ${name}/prompt.json`),
      })
  })

  test('whose card is longer than any card is refused', async () => {
    const long = storeOf({ 'prompt.json': new Uint8Array(maxBytes.promptCard + 1) })
    for (const read of [findPromptCard, readPromptCard, readPromptFiles])
      await expect(read(long, prompt)).rejects.toMatchObject({ code: 'invalid_file' })
  })

  test.each(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'] as const)(
    'without %s, or with one longer than its card says, is refused by the file’s name',
    async (file) => {
      const { [file]: bytes, ...rest } = files
      const without: Store = {
        ...storeOf(),
        read: async (key, limit) => (key === promptKey(prompt, file) ? null : storeOf(rest).read(key, limit)),
      }
      await expect(readPromptFiles(without, prompt)).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining(file) })
      const longer = storeOf({ [file]: Uint8Array.from([...bytes, 0]) })
      await expect(readPromptFiles(longer, prompt)).rejects.toMatchObject({ code: 'invalid_file', message: expect.stringContaining(file) })
    },
  )

  test('whose card promises a file longer than any prompt’s is read no further than that', async () => {
    const claimed = { bytes: maxBytes.promptFile + 1, sha256: 'f'.repeat(64) }
    const lying = await randomPrompt(writtenCard(), { task: 'spam', card: { files: { ...card.files, 'adapter_config.json': claimed } } })
    const name = await sha256(lying['prompt.json'])
    const store = storeOf({ ...lying, 'adapter_config.json': new Uint8Array(claimed.bytes) }, name)
    await expect(readPromptFiles(store, name)).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining('adapter_config.json'),
    })
  })
})
