import { describe, expect, test } from 'vitest'
import { encoder } from '../../../../shared/engine/families/encoder.ts'
import type { ReadyPrompt, Row } from '../../../../shared/engine/families/family.ts'
import { pastNames, presentNames } from '../../../../shared/engine/families/key-values.ts'
import { roundUp } from '../../../../shared/engine/families/padding.ts'
import { type Prefix, prefixElements } from '../../../../shared/formats/prefix.ts'
import { type FloatTensor, float32, type Tensor, type Tensors } from '../../../../shared/tensor.ts'
import { seededRandom } from '../../../../trainer/random.ts'

const sizes = { vocabulary: 100, hidden: 6, layers: 2, heads: 3, keyValueHeads: 3, headSize: 2, context: 256 }
const { vocabulary: V, hidden: H } = sizes
const unseen = Math.fround(-1e9)
const random = seededRandom(5)
const below = (limit: number) => Math.floor(random() * limit)

const randomPrefix = (length: number): Prefix => ({
  length,
  keyValues: Float32Array.from({ length: prefixElements(length, sizes) }, () => 1 + random()),
})
const randomTable = (P: number) => float32([P, H], Float32Array.from({ length: P * H }, () => 1 + random())) // biome-ignore format: one thought

const none: ReadyPrompt = { fed: null, positionOffset: 0, readout: 'mean' }
const behindPrefix = (P: number, positionOffset = 0, readout = 'mean'): ReadyPrompt => ({
  fed: { kind: 'prefix', prefix: randomPrefix(P) },
  positionOffset,
  readout,
})
const behindTable = (P: number, readout = 'mean'): ReadyPrompt => ({
  fed: { kind: 'table', table: randomTable(P) },
  positionOffset: P,
  readout,
})

const randomRow = (): Row => ({ inputIds: Array.from({ length: 1 + below(40) }, () => 1 + below(V - 1)) })
function randomPrompt(): ReadyPrompt {
  const [P, readout] = [1 + below(30), below(2) === 0 ? 'mean' : 'first']
  if (below(3) === 0) return { ...none, readout }
  return below(2) === 0 ? behindTable(P, readout) : behindPrefix(P, below(2) * P, readout)
}
/** Rows each with its own prompt. */
function randomBatch(): { rows: Row[]; prompts: ReadyPrompt[] } {
  const rows = Array.from({ length: 1 + below(5) }, randomRow)
  return { rows, prompts: rows.map(randomPrompt) }
}
/** How many virtual tokens stand among a row's ids, and how many keys and values before them. */
const lengthsOf = ({ fed }: ReadyPrompt) => ({
  P: fed?.kind === 'table' ? fed.table.dims[0]! : 0,
  past: fed?.kind === 'prefix' ? fed.prefix.length : 0,
})

const feeds = (rows: readonly Row[], prompts: readonly ReadyPrompt[]) => encoder.feeds(rows, prompts, sizes)
/** Batch row b of a tensor [B, …], its axes laid out in a line. */
function rowOf(tensor: Tensor | undefined, b: number): number[] {
  const width = tensor!.data.length / tensor!.dims[0]!
  return Array.from(tensor!.data.subarray(b * width, (b + 1) * width), Number)
}
const zeros = (length: number) => Array<number>(length).fill(0)
const count = (from: number, length: number) => Array.from({ length }, (_, i) => from + i)
/** The rows of the stacked table that a batch row's virtual tokens name. */
function rowsNamed(inputs: Tensors, b: number, P: number): number[] {
  const { data } = inputs.prompt_table as FloatTensor
  return rowOf(inputs.input_ids, b).slice(0, P).flatMap((id) => Array.from(data.subarray((id - V) * H, (id - V + 1) * H))) // biome-ignore format: one thought
}

describe('a batch', () => {
  test('is padded to lengths that a row alone would have or more, always in whole steps', () => {
    for (let i = 0; i < 100; i++) {
      const { rows, prompts } = randomBatch()
      const inputs = feeds(rows, prompts)
      const B = rows.length
      const T = roundUp(Math.max(...rows.map(({ inputIds }, b) => lengthsOf(prompts[b]!).P + inputIds.length)))
      const S = roundUp(Math.max(...prompts.map((prompt) => lengthsOf(prompt).past)))
      expect([T % 16, S % 16]).toEqual([0, 0])
      for (const name of ['input_ids', 'token_type_ids', 'position_ids']) expect(inputs[name]!.dims).toEqual([B, T])
      expect(inputs.attention_bias!.dims).toEqual([B, 1, 1, S + T])
      expect(inputs.readout!.dims).toEqual([B, 1, T])
      for (const name of pastNames(sizes)) expect(inputs[name]!.dims).toEqual([B, sizes.heads, S, sizes.headSize])
    }
  })

  test('has each row’s virtual tokens first, then its text, and positions that count what the prompt says', () => {
    for (let i = 0; i < 100; i++) {
      const { rows, prompts } = randomBatch()
      const inputs = feeds(rows, prompts)
      const T = inputs.input_ids!.dims[1]!
      let first = 0
      rows.forEach(({ inputIds }, b) => {
        const { P } = lengthsOf(prompts[b]!)
        const n = inputIds.length
        expect(rowOf(inputs.input_ids, b)).toEqual([...count(V + first, P), ...Array.from(inputIds), ...zeros(T - P - n)])
        expect(rowOf(inputs.position_ids, b)).toEqual([...count(0, P), ...count(prompts[b]!.positionOffset, n), ...zeros(T - P - n)])
        expect(rowOf(inputs.token_type_ids, b)).toEqual(zeros(T))
        first += P
      })
    }
  })

  test('lets every row see what is its own, and no padding of prefix or text', () => {
    for (let i = 0; i < 100; i++) {
      const { rows, prompts } = randomBatch()
      const inputs = feeds(rows, prompts)
      const T = inputs.input_ids!.dims[1]!
      const S = inputs.attention_bias!.dims[3]! - T
      rows.forEach(({ inputIds }, b) => {
        const { P, past } = lengthsOf(prompts[b]!)
        const seen = P + inputIds.length
        const wanted = [...zeros(past), ...Array(S - past).fill(unseen), ...zeros(seen), ...Array(T - seen).fill(unseen)]
        expect(rowOf(inputs.attention_bias, b)).toEqual(wanted)
      })
    }
  })

  test('reads the mean or the first position of each text, and nothing of virtual tokens and padding', () => {
    for (let i = 0; i < 100; i++) {
      const { rows, prompts } = randomBatch()
      const inputs = feeds(rows, prompts)
      const T = inputs.input_ids!.dims[1]!
      rows.forEach(({ inputIds }, b) => {
        const { P } = lengthsOf(prompts[b]!)
        const n = inputIds.length
        const ofText = prompts[b]!.readout === 'mean' ? Array(n).fill(Math.fround(1 / n)) : [1, ...zeros(n - 1)]
        expect(rowOf(inputs.readout, b)).toEqual([...zeros(P), ...ofText, ...zeros(T - P - n)])
      })
    }
  })

  test('reads the positions of the text that its rows name in place of the readout', () => {
    const rows = [
      { inputIds: [1, 2, 3], positions: [0, 2] },
      { inputIds: [4, 5], positions: [1, 0] },
    ]
    const inputs = feeds(rows, [none, behindTable(3)])
    expect(inputs.readout!.dims).toEqual([2, 2, 16])
    const at = (position: number) => count(0, 16).map((t) => (t === position ? 1 : 0))
    expect(rowOf(inputs.readout, 0)).toEqual([...at(0), ...at(2)])
    expect(rowOf(inputs.readout, 1)).toEqual([...at(3 + 1), ...at(3 + 0)])
  })

  test('has each row’s prefix in its past, zero behind it', () => {
    const prompts = [behindPrefix(5), behindPrefix(20, 20), none, behindTable(7)]
    const inputs = feeds(prompts.map(randomRow), prompts)
    const { keyValueHeads: heads, headSize: D } = sizes
    pastNames(sizes).forEach((name, part) => {
      expect(inputs[name]!.dims).toEqual([4, heads, 32, D])
      prompts.forEach(({ fed }, b) => {
        const prefix = fed?.kind === 'prefix' ? fed.prefix : null
        const P = prefix?.length ?? 0
        const wanted = count(0, heads).flatMap((head) => {
          const from = (part * heads + head) * P * D
          return [...(prefix?.keyValues.subarray(from, from + P * D) ?? []), ...zeros((32 - P) * D)]
        })
        expect(rowOf(inputs[name], b)).toEqual(wanted)
      })
    })
  })

  test('has the tables of its prompts one after another, and each row names its own', () => {
    const prompts = [behindTable(3), none, behindTable(17), behindPrefix(4), behindTable(1)]
    const inputs = feeds(prompts.map(randomRow), prompts)
    expect(inputs.prompt_table!.dims).toEqual([3 + 17 + 1, H])
    prompts.forEach(({ fed }, b) => {
      if (fed?.kind === 'table') expect(rowsNamed(inputs, b, fed.table.dims[0]!)).toEqual(Array.from(fed.table.data))
    })
  })

  test('behind one prefix carries it once', () => {
    const rows = [randomRow(), randomRow(), randomRow()]
    const prompt = behindPrefix(7, 7)
    const [shared, each] = [feeds(rows, [prompt]), feeds(rows, [prompt, prompt, prompt])]
    for (const name of pastNames(sizes)) {
      expect(shared[name]!.dims).toEqual([1, 3, 16, 2])
      expect(each[name]!.dims).toEqual([3, 3, 16, 2])
      for (const b of [0, 1, 2]) expect(rowOf(each[name], b)).toEqual(rowOf(shared[name], 0))
    }
    const others = Object.keys(shared).filter((name) => !pastNames(sizes).includes(name))
    expect(others).toHaveLength(6)
    for (const name of others) expect(shared[name]).toEqual(each[name])
  })

  test('behind one table carries it once, and every row names the same rows of it', () => {
    const rows = [randomRow(), randomRow(), randomRow()]
    const table = randomTable(7)
    const prompt: ReadyPrompt = { fed: { kind: 'table', table }, positionOffset: 7, readout: 'first' }
    const [shared, each] = [feeds(rows, [prompt]), feeds(rows, [prompt, prompt, prompt])]
    expect(shared.prompt_table).toEqual(table)
    expect(each.prompt_table!.dims).toEqual([21, H])
    for (const b of [0, 1, 2]) {
      expect(rowOf(shared.input_ids, b).slice(0, 7)).toEqual(count(V, 7))
      expect(rowsNamed(each, b, 7)).toEqual(Array.from(table.data))
      expect(rowOf(shared.input_ids, b).slice(7)).toEqual(rowOf(each.input_ids, b).slice(7))
    }
    for (const name of ['token_type_ids', 'position_ids', 'attention_bias', 'readout']) expect(shared[name]).toEqual(each[name])
  })

  test('without prompts has a past of no positions, and a table of one row that none names', () => {
    const inputs = feeds([{ inputIds: [1, 2] }], [none])
    for (const name of pastNames(sizes)) expect(inputs[name]!.dims).toEqual([1, 3, 0, 2])
    expect(inputs.attention_bias!.dims).toEqual([1, 1, 1, 16])
    expect(inputs.prompt_table).toEqual(float32([1, H]))
    expect(rowOf(inputs.input_ids, 0)).toEqual([1, 2, ...zeros(14)])
  })

  test('is not made where a prompt wants a readout that is not known', () => {
    expect(() => feeds([{ inputIds: [1] }], [{ ...none, readout: 'last' }])).toThrow('an encoder has no readout last')
  })
})

describe('the keys and values of a table', () => {
  test.each([1, 5, 15, 16, 17, 32, 500])('of %i rows are those of a text by itself, which has the first positions', (P) => {
    const table = randomTable(P)
    const inputs = encoder.compilation.feeds(table, sizes)
    const T = roundUp(P)
    expect(inputs.prompt_table).toEqual(table)
    expect(rowOf(inputs.input_ids, 0)).toEqual([...count(V, P), ...zeros(T - P)])
    expect(rowOf(inputs.position_ids, 0)).toEqual([...count(0, P), ...zeros(T - P)])
    expect(rowOf(inputs.attention_bias, 0)).toEqual([...zeros(P), ...Array(T - P).fill(unseen)])
    expect(rowOf(inputs.readout, 0)).toEqual(zeros(T)) // there is no text to read
    for (const name of pastNames(sizes)) expect(inputs[name]!.dims).toEqual([1, 3, 0, 2])
    expect(encoder.compilation.outputs(sizes)).toEqual(presentNames(sizes))
  })
})

test('lets a text behind virtual tokens begin after them, and one behind a prefix at the start too, which is ours', () => {
  expect(encoder.positionOffsets('table', 7)).toEqual([7])
  expect(encoder.positionOffsets('prefix', 7)).toEqual([0, 7])
})

test('takes just the inputs that it feeds', () => {
  const { rows, prompts } = randomBatch()
  expect(Object.keys(feeds(rows, prompts)).sort()).toEqual([...encoder.inputs(sizes)].sort())
})
