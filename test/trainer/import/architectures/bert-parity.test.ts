import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import type { ReadyPrompt, Row } from '../../../../shared/engine/families/family.ts'
import { floatOutput } from '../../../../shared/tensor.ts'
import { compileTemplate } from '../../../../shared/text/template.ts'
import { DifferentiableModel } from '../../../../trainer/autodiff/differentiable-model.ts'
import { openGraph } from '../../../fixtures/graph-session.ts'
import { imported, temporaryFolder } from '../../../fixtures/imported-model.ts'
import { checkpointOf, cosine, encoderReferences, readReference, relativeError } from '../../../fixtures/reference.ts'
import { stepOf } from '../../../fixtures/step.ts'

const folder = temporaryFolder()
const opened: DifferentiableModel[] = []
afterAll(() => Promise.all(opened.map((model) => model.close())))

async function open(name: string, weights: 'float32' | 'int8'): Promise<DifferentiableModel> {
  const model = await DifferentiableModel.open(await imported(checkpointOf(name), weights, folder), { threads: 1 })
  opened.push(model)
  return model
}

describe.each(encoderReferences)('%s', async (name) => {
  const reference = readReference(name)
  const texts = reference.rows
  const model = await open(name, 'float32')
  const { sizes } = model.opened.card
  const T = reference.float('hidden').dims[1]!
  const P = reference.float('prompt').dims[0]!
  const prompts: Record<'alone' | 'past' | 'prompt', ReadyPrompt> = {
    alone: { fed: null, positionOffset: 0, readout: 'mean' },
    past: { fed: { kind: 'prefix', prefix: reference.prefix('past', sizes) }, positionOffset: 0, readout: 'mean' },
    prompt: { fed: { kind: 'table', table: reference.float('prompt') }, positionOffset: P, readout: 'mean' },
  }

  /** The outputs at every position of every text, each text by itself, as each may have another length. */
  async function everywhere(of: DifferentiableModel, prompt: ReadyPrompt): Promise<number[]> {
    const outputs: number[] = []
    for (const inputIds of texts) {
      const row: Row = { inputIds, positions: inputIds.map((_, t) => t) }
      outputs.push(...(await of.frozen.hidden([row], [prompt]))[0]!)
    }
    return outputs
  }
  /** Of PyTorch's values [B, T, H], padded right, those of the texts' own positions. */
  const ofTexts = (key: string) => {
    const { data } = reference.float(key)
    const H = sizes.hidden
    return texts.flatMap((ids, b) => Array.from(data.subarray(b * T * H, (b * T + ids.length) * H)))
  }

  test.each([
    ['alone', 'hidden', 'mean'],
    ['past', 'past_hidden', 'past_mean'],
    ['prompt', 'prompt_hidden', 'prompt_mean'],
  ] as const)("gives PyTorch's hidden states and their mean behind %s", async (key, hidden, mean) => {
    expect(relativeError(await everywhere(model, prompts[key]), ofTexts(hidden))).toBeLessThan(1e-4)
    const rows = texts.map((inputIds) => ({ inputIds }))
    const pooled = (await model.frozen.hidden(rows, [prompts[key]])).flatMap((vector) => Array.from(vector))
    expect(relativeError(pooled, reference.float(mean).data)).toBeLessThan(1e-4)
  })

  test('gives what PyTorch gives of the same texts padded on the left', async () => {
    const [{ data }, mask] = [reference.float('left_hidden'), reference.integers('left_attention_mask')]
    const H = sizes.hidden
    const own = mask.flatMap((seen, i) => (seen === 1 ? Array.from(data.subarray(i * H, (i + 1) * H)) : []))
    expect(relativeError(await everywhere(model, prompts.alone), own)).toBeLessThan(1e-4)
    const rows = texts.map((inputIds) => ({ inputIds }))
    const pooled = (await model.frozen.hidden(rows, [prompts.alone])).flatMap((vector) => Array.from(vector))
    expect(relativeError(pooled, reference.float('left_mean').data)).toBeLessThan(1e-4)
  })

  test('reads the first position where that is the readout', async () => {
    const [row] = await model.frozen.hidden([{ inputIds: texts[0]! }], [{ ...prompts.alone, readout: 'first' }])
    expect(relativeError(row!, reference.float('hidden').data.subarray(0, sizes.hidden))).toBeLessThan(1e-4)
  })

  test.each(['past', 'prompt'] as const)("has PyTorch's loss and gradients behind %s", async (key) => {
    const rows = reference.float('label_rows')
    const values = {
      label_rows: { shape: rows.dims, data: rows.data },
      bias: { shape: [rows.dims[0]!], data: reference.float('label_bias').data },
    }
    const labels = reference.integers('labels')
    const batch = texts.map((inputIds, b) => ({ inputIds, right: labels[b]! }))
    const backward = await model.backward(stepOf(batch, prompts[key], values))
    expect(relativeError([backward.loss], reference.float(`${key}_loss`).data)).toBeLessThan(1e-5)
    const fed = backward.fed!
    const gradient = fed.kind === 'table' ? fed.table.data : fed.prefix.keyValues
    const wanted = key === 'prompt' ? reference.float('prompt_grad').data : reference.prefix('gradient', sizes).keyValues
    expect(relativeError(gradient, wanted)).toBeLessThan(1e-4)
    expect(await model.pullback(prompts[key].fed!, fed)).toBe(gradient) // nothing was compiled
    expect(relativeError(backward.learned.label_rows!, reference.float(`${key}_label_rows_grad`).data)).toBeLessThan(1e-4)
    expect(relativeError(backward.learned.bias!, reference.float(`${key}_label_bias_grad`).data)).toBeLessThan(1e-4)
  })

  test('stays near in int8', async () => {
    const small = await open(name, 'int8')
    for (const key of ['alone', 'past', 'prompt'] as const) {
      const [got, wanted] = [await everywhere(small, prompts[key]), await everywhere(model, prompts[key])]
      expect(cosine(got, wanted)).toBeGreaterThan(0.99)
      expect(relativeError(got, wanted)).toBeGreaterThan(1e-4) // it is another format
    }
  })
})

test('token types other than 0 are looked up too', async () => {
  const name = 'bert-exact'
  const reference = readReference(name)
  const model = await imported(checkpointOf(name), 'float32', folder)
  const session = await openGraph(model.graph, { directory: model.directory })
  const { family } = opened[0]!.frozen
  const feeds = family.feeds(reference.rows.map((inputIds) => ({ inputIds })), [{ fed: null, positionOffset: 0, readout: 'mean' }], model.card.sizes) // biome-ignore format: one thought
  const [B, T] = feeds.input_ids!.dims as [number, number]
  const types = reference.integers('types_token_type_ids')
  const given = types.length / B
  const padded = BigInt64Array.from({ length: B * T }, (_, i) => (i % T < given ? BigInt(types[Math.floor(i / T) * given + (i % T)]!) : 0n))
  const outputs = await session.run({ ...feeds, token_type_ids: { type: 'int64', dims: [B, T], data: padded } })
  expect(relativeError(floatOutput(outputs, 'hidden').data, reference.float('types_mean').data)).toBeLessThan(1e-4)
  await session.release()
})

test('a text has the ids and the embedding that sentence-transformers gives it', async () => {
  const { texts, ids } = JSON.parse(readFileSync('test/reference/minilm-st/texts.json', 'utf8')) as { texts: string[]; ids: number[][] }
  const { opened: model, frozen } = await open('minilm-st', 'float32')
  const row = compileTemplate('{text}', model.encode, model.card.tokens, model.card.sizes.context)
  const rows = texts.map(row)
  expect(rows.map(({ inputIds }) => inputIds)).toEqual(ids)
  const embeddings = (await frozen.hidden(rows, [frozen.unprompted])).flatMap((vector) =>
    Array.from(vector, (value) => value / Math.hypot(...vector)),
  )
  expect(relativeError(embeddings, readReference('minilm-st').float('embedding').data)).toBeLessThan(1e-4)
})
