import { describe, expect, test } from 'vitest'
import type { Store } from '../../../shared/engine/store.ts'
import { findModelCard, readModel, readModelCard } from '../../../shared/engine/stored-model.ts'
import { cardText } from '../../../shared/formats/card.ts'
import { sha256 } from '../../../shared/formats/hashing.ts'
import { maxBytes } from '../../../shared/formats/limits.ts'
import { modelFiles, modelKey } from '../../../shared/formats/storage-keys.ts'
import { memoryStore } from '../../fixtures/memory-store.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

const contents = { 'tokenizer.json': '{"model": {}}', 'model.onnx': 'a graph', 'model.onnx.data': 'numbers' }
const bytes = (text: string) => Uint8Array.from(new TextEncoder().encode(text))
const entry = async (text: string) => ({ bytes: text.length, sha256: await sha256(bytes(text)) })
const card = writtenCard({
  files: {
    'tokenizer.json': await entry(contents['tokenizer.json']),
    'model.onnx': await entry(contents['model.onnx']),
    'model.onnx.data': await entry(contents['model.onnx.data']),
  },
})
const model = await sha256(bytes(cardText(card)))
const total = Object.values(contents).join('').length

const room = { place: 'a drawer', remedy: 'Take a smaller one.' }

/** A store that holds the model, but for some files. */
const store = (changes: Partial<Record<(typeof modelFiles)[number], string | null>> = {}) => {
  const files = { 'model.json': cardText(card), ...contents, ...changes }
  return memoryStore(Object.fromEntries(modelFiles.flatMap((file) => (files[file] === null ? [] : [[modelKey(model, file), files[file]]]))))
}

describe('a stored model', () => {
  test('is its card and its three files', async () => {
    const read = await readModel(store(), model, total, room)
    expect(read).toEqual({
      card,
      tokenizer: contents['tokenizer.json'],
      graph: bytes(contents['model.onnx']),
      weights: bytes(contents['model.onnx.data']),
    })
    expect(await readModelCard(store(), model)).toEqual(card)
    expect(await findModelCard(store(), model)).toEqual(card)
  })

  test('that is not there is null to who asks, and an error to who needs it', async () => {
    const missing = { code: 'not_found', message: expect.stringContaining(modelKey(model, 'model.json')) }
    expect(await findModelCard(memoryStore({}), model)).toBeNull()
    await expect(readModelCard(memoryStore({}), model)).rejects.toMatchObject(missing)
    await expect(readModel(memoryStore({}), model, total, room)).rejects.toMatchObject(missing)
  })

  test('larger than the memory that is left is refused before its files are read', async () => {
    const read: string[] = []
    const inner = store()
    const watched: Store = {
      ...inner,
      read(key, limit) {
        read.push(key)
        return inner.read(key, limit)
      },
    }
    await expect(readModel(watched, model, total - 1, room)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(`it has ${total} bytes, and a drawer holds ${total - 1}. Take a smaller one.`),
    })
    expect(read).toEqual([modelKey(model, 'model.json')])
  })

  test.each(['tokenizer.json', 'model.onnx', 'model.onnx.data'] as const)('without %s is refused by its name', async (file) => {
    await expect(readModel(store({ [file]: null }), model, total, room)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(modelKey(model, file)),
    })
  })

  test.each(['tokenizer.json', 'model.onnx', 'model.onnx.data'] as const)(
    'whose %s was changed, cut or lengthened is refused',
    async (file) => {
      const changed = contents[file].replace(/.$/, '!')
      for (const [
        text,
        code,
      ] of [[changed, 'invalid_model'], [changed.slice(1), 'invalid_model'], [`${changed}!`, 'invalid_file']] as const) // biome-ignore format: a table
        await expect(readModel(store({ [file]: text }), model, total, room)).rejects.toMatchObject({
          code,
          message: expect.stringContaining(file),
        })
    },
  )

  test('whose card does not match the hash in its name is refused', async () => {
    const other = store({ 'model.json': cardText({ ...card, name: 'other' }) })
    const refusal = { code: 'invalid_model', message: expect.stringMatching(/model\.json does not match the hash in its name/) }
    for (const read of [findModelCard, readModelCard]) await expect(read(other, model)).rejects.toMatchObject(refusal)
    await expect(readModel(other, model, total, room)).rejects.toMatchObject(refusal)
  })

  test('whose card is longer than any card is refused', async () => {
    const long = store({ 'model.json': ' '.repeat(maxBytes.modelCard + 1) })
    await expect(findModelCard(long, model)).rejects.toMatchObject({ code: 'invalid_file' })
  })

  test('under the hash of something that is no card is refused', async () => {
    const name = await sha256(bytes('{}'))
    await expect(findModelCard(memoryStore({ [modelKey(name, 'model.json')]: '{}' }), name)).rejects.toMatchObject({
      code: 'invalid_model',
      message: expect.stringContaining(`model ${name}/model.json`),
    })
  })
})
