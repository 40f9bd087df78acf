import { describe, expect, test } from 'vitest'
import { peftFiles, prefixFromPeft, prefixToPeft, promptTensor, type StoredPrompt } from '../../../shared/formats/peft.ts'
import { type Prefix, prefixElements } from '../../../shared/formats/prefix.ts'
import {
  labelTensors,
  parsePromptCard,
  readPromptPackage,
  sealPromptPackage,
  type UnsealedCard,
  weightsWarning,
} from '../../../shared/formats/prompt-package.ts'
import { readSafetensors, writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { float32 } from '../../../shared/tensor.ts'
import { seededRandom } from '../../../trainer/random.ts'
import { randomPrompt, twoLabels } from '../../fixtures/random-prompt.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

const model = writtenCard()

describe('a package', () => {
  test('of kind table holds the table [P, H]', async () => {
    const files = await randomPrompt(model, { task: 'spam', card: { virtualTokens: 7 } })
    const { stored, labelRows, bias, warnings } = await readPromptPackage(files, model, 'x')
    const { shape, data } = readSafetensors(files['adapter_model.safetensors'], 'x').get(promptTensor)!
    expect(stored).toEqual({ kind: 'table', table: { type: 'float32', dims: [7, 8], data } })
    expect(shape).toEqual([7, 8])
    expect(labelRows.length).toBe(2 * 8)
    expect(Array.from(bias, Math.abs)).toEqual([0, 0])
    expect(warnings).toEqual([])
  })

  test('of kind prefix holds keys and values in PEFT’s order', async () => {
    const files = await randomPrompt(model, { task: 'spam', card: { kind: 'prefix', virtualTokens: 7 } })
    const { stored } = await readPromptPackage(files, model, 'x')
    const { data } = readSafetensors(files['adapter_model.safetensors'], 'x').get(promptTensor)!
    expect(stored).toEqual({ kind: 'prefix', prefix: prefixFromPeft(data, 7, model.sizes) })
  })

  test.each(['table', 'prefix'] as const)('of no virtual tokens holds label rows alone (%s)', async (kind) => {
    const files = await randomPrompt(model, { task: 'spam', card: { kind, virtualTokens: 0 } })
    const { stored, labelRows } = await readPromptPackage(files, model, 'x')
    expect(stored.kind === 'table' ? stored.table.data : stored.prefix.keyValues).toEqual(new Float32Array())
    expect(labelRows.length).toBe(2 * 8)
  })

  test.each([
    ['kind', { kind: 'adapter' }, /field kind is wrong: it is adapter, and table and prefix are supported here/],
    ['version', { version: 1 }, /field version is wrong: it is 1, and version 2 is read here\. Train it again\./],
    ['version', { version: 3 }, /it is 3, and version 2 is read here/],
  ])('of another %s is refused by name', async (_, card, message) => {
    const files = await randomPrompt(model, { task: 'spam', card: card as never })
    await expect(readPromptPackage(files, model, 'x')).rejects.toMatchObject({
      code: 'invalid_prompt',
      message: expect.stringMatching(message),
    })
  })

  test('whose rows do not fit behind the position where they begin is refused', async () => {
    const files = await randomPrompt(model, { task: 'spam', card: { positionOffset: 257, maxTokens: 256 } })
    await expect(readPromptPackage(files, model, 'x')).rejects.toThrow(/rows of 256 tokens, which begin at position 257, .* 512 positions/)
  })

  test('without a bias is refused', async () => {
    const rows = { shape: [2, 8], data: new Float32Array(16) }
    const files = await randomPrompt(model, {
      task: 'spam',
      files: { 'labels.safetensors': writeSafetensors({ [labelTensors.rows]: rows }) },
    })
    await expect(readPromptPackage(files, model, 'x')).rejects.toThrow(/labels\.safetensors: it has no tensor bias/)
  })

  test('of the same base in other weights or another graph is read, with a warning of the graph; of the weights a self-test tells more', async () => {
    const base = { hash: model.baseHash, name: 'small', weights: 'float32', graphVersion: 2 } as const
    const files = await randomPrompt(model, { task: 'spam', card: { base } })
    const { warnings } = await readPromptPackage(files, model, 'x')
    expect(warnings).toEqual([expect.stringContaining('graph version 2')])
    expect(weightsWarning(parsePromptCard(files['prompt.json'], 'x'), model)).toContain('float32')
    expect(weightsWarning(parsePromptCard((await randomPrompt(model, { task: 'spam' }))['prompt.json'], 'x'), model)).toBeNull()
  })

  test('of another base is refused, and both are named', async () => {
    const base = { hash: 'b'.repeat(64), name: 'large', weights: 'int8', graphVersion: 3 } as const
    const files = await randomPrompt(model, { task: 'spam', card: { base } })
    const refusal = await readPromptPackage(files, model, 'runs/spam').catch((error: Error) => error)
    expect(refusal).toMatchObject({ code: 'base_mismatch' })
    for (const named of ['runs/spam', 'b'.repeat(64), 'large', 'a'.repeat(64), 'small']) expect((refusal as Error).message).toContain(named)
    await expect(readPromptPackage(files, { ...model, baseHash: 'b'.repeat(64) }, 'x')).resolves.toMatchObject({ warnings: [] })
  })

  test('whose self-test lacks a score is refused', async () => {
    const files = await randomPrompt(model, {
      task: 'spam',
      card: {
        selfTest: [
          { text: 'a', scores: { int8: [1, 2] } },
          { text: 'b', scores: { int8: [1, 2], float32: [1] } },
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

describe('sealing a package', () => {
  const P = 5
  const { hidden: H, layers, keyValueHeads, headSize } = model.sizes
  const card: UnsealedCard = {
    task: 'spam',
    kind: 'table',
    method: 'prompt',
    virtualTokens: P,
    positionOffset: P,
    readout: 'last',
    answer: { type: 'softmax', version: 1, temperature: 1.5 },
    base: { hash: model.baseHash, name: model.name, weights: model.weights, graphVersion: model.graphVersion },
    labels: twoLabels,
    template: '{text} It was',
    maxTokens: 128,
    training: null,
    baselines: {},
    settings: { steps: 10 },
    data: {},
    metrics: { accuracy: 0.5 },
    selfTest: [{ text: 'hello', scores: { int8: [0.25, -1] } }],
  }
  const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i))
  const head = { labelRows: numbers(2 * H), bias: numbers(2) }
  const seal = (stored: StoredPrompt, { labelRows = head.labelRows } = {}) =>
    sealPromptPackage({ ...card, kind: stored.kind }, peftFiles(stored, model, 'SEQ_CLS'), { ...head, labelRows }, model, 'a test')

  test('of a table: what goes in reads back', async () => {
    const stored = { kind: 'table', table: float32([P, H], numbers(P * H)) } as const
    const read = await readPromptPackage(await seal(stored), model, 'a test')
    expect(read.stored).toEqual(stored)
    expect(read.labelRows).toEqual(head.labelRows)
    expect(read.bias).toEqual(head.bias)
    expect(read.card).toMatchObject(card)
    expect(read.warnings).toEqual([])
  })

  test('of a prefix: keys and values read back in their places', async () => {
    const prefix = { length: P, keyValues: numbers(2 * layers * keyValueHeads * P * headSize) }
    const files = await seal({ kind: 'prefix', prefix })
    expect((await readPromptPackage(files, model, 'a test')).stored).toEqual({ kind: 'prefix', prefix })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with %d among the learned numbers is refused', async (wrong) => {
    const spoilt = numbers(P * H)
    spoilt[7] = wrong
    await expect(seal({ kind: 'table', table: float32([P, H], spoilt) })).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining('element 7'),
    })
  })

  test('with label rows of another width is refused', async () => {
    const stored = { kind: 'table', table: float32([P, H]) } as const
    await expect(seal(stored, { labelRows: numbers(2 * H + 2) })).rejects.toMatchObject({ code: 'invalid_prompt' })
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
