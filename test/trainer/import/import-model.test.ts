import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importModel } from '../../../trainer/import/import-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { importPlace } from '../../fixtures/import-place.ts'
import { bootstrap, checkpointOf } from '../../fixtures/reference.ts'
import {
  changeConfig,
  type StoredTensors,
  safetensors,
  storedTensors,
  widenedTensors,
  writeCheckpoint,
} from '../../fixtures/written-checkpoint.ts'

const { at, expectRefused, folder, index } = importPlace()

const [grouped, untied, sharded] = ['gqa-tied', 'mha-untied', 'rope-scaled'].map(checkpointOf) as [string, string, string]

describe('a checkpoint', () => {
  test('has one base in every weight format and however it is split into files', async () => {
    const hashes = new Set<string>()
    for (const [i, shards] of [1, 2, 5].entries()) {
      for (const weights of ['float32', 'int8'] as const) {
        writeCheckpoint(at('checkpoint'), sharded, { shards })
        hashes.add((await importModel(at('checkpoint'), { out: at(`out${i}${weights}`), weights })).baseHash)
      }
      rmSync(at('checkpoint'), { recursive: true })
    }
    expect(hashes.size).toBe(1)
  })

  test('has another base when a number, the configuration or the tokenizer changes', async () => {
    const hash = async (change: (tensors: StoredTensors) => void) => {
      const tensors = storedTensors(grouped)
      writeCheckpoint(at('checkpoint'), grouped, { tensors })
      change(tensors)
      writeFileSync(at('checkpoint', 'model.safetensors'), safetensors(tensors))
      return (await importModel(at('checkpoint'), { out: at('out'), weights: 'int8' })).baseHash
    }
    const hashes = new Set([
      await hash(() => undefined),
      await hash((tensors) => (tensors.get('model.norm.weight')!.bytes[0]! ^= 1)),
      await hash(() => changeConfig(at('checkpoint'), { rms_norm_eps: 1e-6 })),
      await hash(() => changeConfig(at('checkpoint'), { rope_parameters: { rope_type: 'default', rope_theta: 10_001 } })),
      await hash(() => writeFileSync(at('checkpoint', 'tokenizer.json'), `${readFileSync(join(grouped, 'tokenizer.json'), 'utf8')}\n`)),
    ])
    expect(hashes.size).toBe(5)
  })

  test.each([
    ['float16 in one file', untied, 1],
    ['bfloat16 in several', sharded, 4],
    ['float32 in several', grouped, 3],
  ])('gives the same weights as %s as its numbers do in float32', async (_, source, shards) => {
    writeCheckpoint(at('narrow'), source, { shards })
    writeCheckpoint(at('wide'), source, { tensors: widenedTensors(source) })
    for (const weights of ['float32', 'int8'] as const) {
      await importModel(at('narrow'), { out: at('narrow-out'), weights })
      await importModel(at('wide'), { out: at('wide-out'), weights })
      for (const file of ['model.onnx', 'model.onnx.data'])
        expect(readFileSync(at('narrow-out', file)).equals(readFileSync(at('wide-out', file))), file).toBe(true)
    }
  })

  test('is the same package each time, whatever it replaces', async () => {
    await importModel(sharded, { out: at('out'), weights: 'float32', name: 'same' })
    const before = contents(at('out'))
    await importModel(grouped, { out: at('out'), weights: 'int8' })
    await importModel(sharded, { out: at('out'), weights: 'float32', name: 'same' })
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('says on its card what it is', async () => {
    const seen: number[] = []
    const progress = (done: number, tensors: number) => seen.push(done / tensors)
    const described = { name: 'a name', source: 'a source', licence: 'MIT', bos: false, progress }
    const card = await importModel(grouped, { out: at('deep', 'down'), weights: 'int8', ...described })
    expect(card).toMatchObject({
      name: 'a name',
      source: 'a source',
      licence: 'MIT',
      version: 2,
      family: 'decoder',
      architecture: 'llama',
      weights: 'int8',
      tolerance: 0.07,
      readout: 'last',
      sizes: { vocabulary: 300, hidden: 32, layers: 2, heads: 4, keyValueHeads: 2, headSize: 8, context: 128 },
      tokens: { before: [], after: [], eos: 0 },
    })
    expect(openModel(at('deep', 'down')).card).toEqual(card)
    expect(seen.length).toBe(20) // a tensor each
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen[0]).toBe(0)
  })

  test.skipIf(!existsSync(bootstrap))(`is the source of the model that ships (left out where ${bootstrap} is not there)`, async () => {
    const shipped = openModel('models/tiny-lm')
    await importModel(bootstrap, { out: at('out'), weights: 'int8' })
    const { card, graph } = openModel(at('out'))
    expect(card.baseHash).toBe(shipped.card.baseHash)
    expect(card.files['model.onnx.data']).toEqual(shipped.card.files['model.onnx.data'])
    expect(graph).toEqual(shipped.graph)
  })
})

test('a stale index beside the whole file is left aside', async () => {
  writeCheckpoint(at('checkpoint'), grouped)
  index({ weight_map: { x: 'model-2.safetensors' } })
  const { baseHash } = await importModel(at('checkpoint'), { out: at('out'), weights: 'int8' })
  expect(baseHash).toBe((await importModel(grouped, { out: at('other'), weights: 'int8' })).baseHash)
})

describe('is refused, and leaves nothing behind, where', () => {
  test.each([['--out lies in a file', () => writeFileSync(at('mine'), ''), at('mine', 'out'), /mine.*Name another folder with --out/]])(
    '%s',
    async (_, spoilIt, out, message) => {
      writeCheckpoint(at('checkpoint'), grouped)
      spoilIt()
      const before = readdirSync(folder)
      await expectRefused(() => importModel(at('checkpoint'), { out, weights: 'int8' }), 'usage', message)
      expect(readdirSync(folder)).toEqual(before)
    },
  )

  test.each([
    ['a file', () => writeFileSync(at('out'), 'mine')],
    ['a folder of other things', () => mkdirSync(at('out')) ?? writeFileSync(at('out', 'notes.txt'), 'mine')],
    [
      'a package with other things in it',
      async () => {
        await importModel(grouped, { out: at('out'), weights: 'int8' })
        writeFileSync(at('out', 'notes.txt'), 'mine')
      },
    ],
  ])('--out is %s', async (_, make) => {
    await make()
    const before = contents(at('out'))
    await expectRefused(
      () => importModel(grouped, { out: at('out'), weights: 'float32' }),
      'usage',
      /a file is there|holds something else \(notes\.txt\)/,
    )
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })

  test('the import is interrupted; the package that was there stays', async () => {
    await importModel(grouped, { out: at('out'), weights: 'int8' })
    const before = contents(at('out'))
    const controller = new AbortController()
    const progress = (done: number) => done === 5 && controller.abort()
    await expectRefused(
      () => importModel(grouped, { out: at('out'), weights: 'float32', progress, signal: controller.signal }),
      'interrupted',
      /nothing was written/,
    )
    expect(contents(at('out'))).toEqual(before)
    expect(readdirSync(folder)).toEqual(['out'])
  })
})

test('an empty folder is a place to import to', async () => {
  mkdirSync(at('out'))
  await importModel(grouped, { out: at('out'), weights: 'int8' })
  expect(openModel(at('out')).card.name).toBe('gqa-tied')
})

/** A file's bytes, or a folder's files with theirs. */
function contents(path: string): unknown {
  return statSync(path).isDirectory()
    ? readdirSync(path).map((name) => [name, contents(join(path, name))])
    : readFileSync(path).toString('base64')
}
