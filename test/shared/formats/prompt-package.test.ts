import { describe, expect, test } from 'vitest'
import { type Prefix, prefixElements } from '../../../shared/engine/families/decoder.ts'
import type { ModelCard } from '../../../shared/formats/model-card.ts'
import { checkBase, prefixFromPeft, prefixToPeft, promptTensor, readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { readSafetensors } from '../../../shared/formats/safetensors.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'

const file = { bytes: 1, sha256: '0'.repeat(64) }
const model: ModelCard = {
  format: 'softprompt-model',
  version: 1,
  name: 'small',
  architecture: 'llama',
  weights: 'int8',
  graphVersion: 3,
  baseHash: 'a'.repeat(64),
  sizes: { vocabulary: 512, hidden: 8, layers: 3, heads: 4, keyValueHeads: 2, headSize: 4, context: 512 },
  tokens: { beginning: 0, end: 0 },
  files: { 'tokenizer.json': file, 'model.onnx': file, 'model.onnx.data': file },
  source: 'a test',
  licence: null,
}

describe('a package', () => {
  test('of method prompt holds the table [P, H]', async () => {
    const files = await randomPrompt(model, { task: 'spam', card: { virtualTokens: 7 } })
    const { parameters, labelRows, warnings } = await readPromptPackage(files, model, 'x')
    const { shape, data } = readSafetensors(files['adapter_model.safetensors'], 'x').get(promptTensor)!
    expect(parameters).toEqual({ method: 'prompt', promptTable: { type: 'float32', dims: [7, 8], data } })
    expect(shape).toEqual([7, 8])
    expect(labelRows.length).toBe(2 * 8)
    expect(warnings).toEqual([])
  })

  test('of method prefix holds keys and values in PEFT’s order', async () => {
    const files = await randomPrompt(model, { task: 'spam', card: { method: 'prefix', virtualTokens: 7 } })
    const { parameters } = await readPromptPackage(files, model, 'x')
    const { data } = readSafetensors(files['adapter_model.safetensors'], 'x').get(promptTensor)!
    expect(parameters).toEqual({ method: 'prefix', prefix: prefixFromPeft(data, 7, model.sizes) })
  })

  test('of the same base in other weights or another graph is read, with a warning for each', async () => {
    const base = { hash: model.baseHash, name: 'small', weights: 'float32', graphVersion: 2 } as const
    const files = await randomPrompt(model, { task: 'spam', card: { base } })
    const { warnings } = await readPromptPackage(files, model, 'x')
    expect(warnings).toEqual([expect.stringContaining('float32'), expect.stringContaining('graph version 2')])
  })

  test('of another base is refused, and both are named', async () => {
    const base = { hash: 'b'.repeat(64), name: 'large', weights: 'int8', graphVersion: 3 } as const
    const files = await randomPrompt(model, { task: 'spam', card: { base } })
    const refusal = await readPromptPackage(files, model, 'runs/spam').catch((error: Error) => error)
    expect(refusal).toMatchObject({ code: 'base_mismatch' })
    for (const named of ['runs/spam', 'b'.repeat(64), 'large', 'a'.repeat(64), 'small']) expect((refusal as Error).message).toContain(named)
    expect(() =>
      checkBase(JSON.parse(new TextDecoder().decode(files['prompt.json'])), { ...model, baseHash: 'b'.repeat(64) }, 'x'),
    ).not.toThrow()
  })

  test('whose self-test lacks a score is refused', async () => {
    const files = await randomPrompt(model, {
      task: 'spam',
      card: {
        selfTest: [
          { text: 'a', scores: [1, 2] },
          { text: 'b', scores: [1] },
        ],
      },
    })
    await expect(readPromptPackage(files, model, 'x')).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringContaining('self-test'),
    })
  })

  test('with any one byte of a file changed is refused', async () => {
    const random = seededRandom(4)
    const files = await randomPrompt(model, { task: 'spam' })
    for (const name of ['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'] as const) {
      for (let i = 0; i < 20; i++) {
        const changed = files[name].slice()
        changed[Math.floor(random() * changed.length)]! ^= 1 << Math.floor(random() * 8)
        await expect(readPromptPackage({ ...files, [name]: changed }, model, 'x')).rejects.toMatchObject({
          code: 'invalid_prompt',
          message: expect.stringContaining(name),
        })
      }
    }
  })
})

describe('PEFT’s prefix', () => {
  test('has, for each virtual token, layer by layer, a key and a value of every head', () => {
    const P = 2
    const { layers, keyValueHeads: kv, headSize: D } = model.sizes
    // each number says where it should be: virtual token, layer, key or value, head, element
    const peft = Float32Array.from({ length: prefixElements(P, model.sizes) }, (_, i) => i)
    const { keyValues } = prefixFromPeft(peft, P, model.sizes)
    let i = 0
    for (let p = 0; p < P; p++) {
      for (let part = 0; part < 2 * layers; part++) {
        for (let head = 0; head < kv; head++) {
          for (let d = 0; d < D; d++) expect(keyValues[((part * kv + head) * P + p) * D + d]).toBe(i++)
        }
      }
    }
  })

  test('there and back again is the same', () => {
    const random = seededRandom(6)
    for (const P of [1, 3, 20]) {
      const prefix: Prefix = { length: P, keyValues: Float32Array.from({ length: prefixElements(P, model.sizes) }, random) }
      expect(prefixFromPeft(prefixToPeft(prefix, model.sizes), P, model.sizes)).toEqual(prefix)
    }
  })
})
