import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReadyPrompt, Row } from '../../../../shared/engine/families/family.ts'
import { prefixElements } from '../../../../shared/formats/prefix.ts'
import { float32 } from '../../../../shared/tensor.ts'
import { DifferentiableModel } from '../../../../trainer/autodiff/differentiable-model.ts'
import { importModel } from '../../../../trainer/import/import-model.ts'
import { openModel } from '../../../../trainer/import/open-model.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { gaussian } from '../../../fixtures/random-prompt.ts'
import { checkpointOf, cosine, relativeError } from '../../../fixtures/reference.ts'
import { writeSmallBert } from '../../../fixtures/small-bert.ts'
import { writeSmallLlama } from '../../../fixtures/small-llama.ts'
import { stepOf } from '../../../fixtures/step.ts'

const folder = temporaryFolder()
const checkpoint = join(folder, 'checkpoint')
writeSmallBert(checkpoint)
const opened: DifferentiableModel[] = []
afterAll(() => Promise.all(opened.map((model) => model.close())))

type Format = 'float32' | 'q8' | 'q4'

async function load(from: string, weights: Format): Promise<DifferentiableModel> {
  const model = await DifferentiableModel.open(await imported(from, weights, folder), { threads: 1 })
  opened.push(model)
  return model
}
const open = (weights: Format) => load(checkpoint, weights)

const float = await open('float32')
const { sizes } = float.opened.card
const H = sizes.hidden
const random = gaussian(5)
const numbers = (length: number) => Float32Array.from({ length }, random)
const texts: Row[] = [[5, 9, 17, 4], [20, 33], [7, 8, 9, 10, 11, 12, 13]].map((inputIds) => ({ inputIds })) // biome-ignore format: a table
const prompts: Record<string, ReadyPrompt> = {
  alone: { fed: null, positionOffset: 0, readout: 'mean' },
  prefix: {
    fed: { kind: 'prefix', prefix: { length: 3, keyValues: numbers(prefixElements(3, sizes)) } },
    positionOffset: 0,
    readout: 'mean',
  },
  table: { fed: { kind: 'table', table: float32([4, H], numbers(4 * H)) }, positionOffset: 4, readout: 'mean' },
}
const rows = float32([2, H], numbers(2 * H))
const batch = texts.map((row, i) => ({ inputIds: Array.from(row.inputIds), right: i % 2 }))
const head = { label_rows: { shape: rows.dims, data: rows.data }, bias: { shape: [2], data: numbers(2) } }

test('every format of a checkpoint has one base', async () => {
  const hashes = new Set((await Promise.all([open('q8'), open('q4')])).map(({ opened: { card } }) => card.baseHash))
  expect(Array.from(hashes)).toEqual([float.opened.card.baseHash])
})

describe.each([
  ['q8', 0.999],
  ['q4', 0.9],
] as const)('an encoder in %s', async (weights, alike) => {
  const model = await open(weights)

  test.each(Object.keys(prompts))('answers like float32 behind a prompt of kind %s', async (kind) => {
    const [got, wanted] = [await model.frozen.hidden(texts, [prompts[kind]!]), await float.frozen.hidden(texts, [prompts[kind]!])]
    const [ours, theirs] = [got, wanted].map((vectors) => vectors.flatMap((vector) => Array.from(vector))) as [number[], number[]]
    expect(cosine(ours, theirs)).toBeGreaterThan(alike)
    expect(relativeError(ours, theirs)).toBeGreaterThan(1e-5) // it is another format
  })

  test('answers a row alone as in a batch, bit for bit', async () => {
    const together = await model.frozen.hidden(texts, [prompts.prefix!])
    for (const [i, row] of texts.entries()) expect(await model.frozen.hidden([row], [prompts.prefix!])).toEqual([together[i]])
  })

  test.each(['prefix', 'table'])('has the gradients of float32 behind a prompt of kind %s, nearly', async (kind) => {
    const [ours, theirs] = await Promise.all(
      [model, float].map(async (each) => {
        const { fed } = await each.backward(stepOf(batch, prompts[kind]!, head))
        return fed!.kind === 'table' ? fed!.table.data : fed!.prefix.keyValues
      }),
    )
    expect(cosine(ours!, theirs!)).toBeGreaterThan(alike ** 2)
  })
})

describe.each([
  ['q8', 0.999],
  ['q4', 0.9],
] as const)('a decoder in %s', async (weights, alike) => {
  const llama = join(folder, 'llama')
  writeSmallLlama(llama)
  const [model, plain] = await Promise.all([load(llama, weights), load(llama, 'float32')])
  const { sizes: llamaSizes } = model.opened.card
  const table = float32([3, llamaSizes.hidden], numbers(3 * llamaSizes.hidden))
  const ready = (of: DifferentiableModel) => of.frozen.ready({ kind: 'table', table }, { positionOffset: 3, readout: 'last' })

  test('is of the family that WebGPU runs, on one base, and answers like float32', async () => {
    expect([model.opened.card.family, plain.opened.card.family]).toEqual(['gpuDecoder', 'decoder'])
    expect(model.opened.card.baseHash).toBe(plain.opened.card.baseHash)
    const rows = [...texts, ...texts].map((row, i) => ({ ...row, positions: [row.inputIds.length - 1, i % 2] }))
    const answers = async (of: DifferentiableModel) =>
      (await of.frozen.hidden(rows, [await ready(of)])).flatMap((vector) => Array.from(vector))
    const [got, wanted] = [await answers(model), await answers(plain)]
    expect(cosine(got, wanted)).toBeGreaterThan(alike)
    expect(relativeError(got, wanted)).toBeGreaterThan(1e-5)
  })

  test('answers a row alone as in a batch, but for the last digits: a single row is multiplied by another kernel', async () => {
    const together = await model.frozen.hidden(texts, [await ready(model)])
    for (const [i, row] of texts.entries()) {
      const [alone] = await model.frozen.hidden([row], [await ready(model)])
      expect(relativeError(alone!, together[i]!)).toBeLessThan(1e-5)
    }
  })

  test('has the gradients of float32, nearly, through the compilation of a table', async () => {
    const gradient = async (of: DifferentiableModel) => {
      const { fed } = await of.backward(stepOf(batch, await ready(of), head))
      return of.pullback({ kind: 'table', table }, fed!)
    }
    expect(cosine(await gradient(model), await gradient(plain))).toBeGreaterThan(alike ** 2)
  })
})

test('rows that are no multiple of a block are refused, with the way out', async () => {
  const out = join(folder, 'uneven')
  await expect(importModel(checkpointOf('bert-tanh'), { out, weights: 'q8' })).rejects.toThrow(
    'Cannot store embeddings.position_embeddings.weight with q8 weights: its rows have 30 numbers, and they are kept in blocks of 32. Import it with --weights int8.',
  )
  expect(() => openModel(out)).toThrow('there is no such folder')
})
