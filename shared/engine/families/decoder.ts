import type { ModelSizes } from '../../formats/model-card.ts'
import { type FloatTensor, float32, floatOutput, int64, type Tensors } from '../../tensor.ts'

/**
 * S and T are rounded up to multiples of this, for a request alone too. A row then meets the same order of additions
 * alone and in any batch, so its answer is the same bit for bit.
 */
export const lengthStep = 16

/** Keys and values of a task's P virtual tokens, computed once and put before each of its texts. */
export interface Prefix {
  /** P */
  readonly length: number
  /** [2L, kv heads, P, head size]: layer l's keys at 2l, its values at 2l + 1. */
  readonly keyValues: Float32Array
}

/** One text of a batch. */
export interface Row {
  readonly inputIds: ArrayLike<number>
  /** The position whose output is wanted. */
  readonly answer: number
  readonly prefix: Prefix | null
}

/** What the graph is fed for a batch that wants one answer a row: B rows, padded right, each after its own prefix. */
export function batchInputs(rows: readonly Row[], sizes: ModelSizes): Tensors {
  const B = rows.length
  const T = roundUp(Math.max(...rows.map(({ inputIds }) => inputIds.length)))
  const S = roundUp(Math.max(...rows.map(({ prefix }) => prefix?.length ?? 0)))
  const inputIds = new BigInt64Array(B * T)
  const positionIds = new BigInt64Array(B * T)
  const attentionMask = new BigInt64Array(B * (S + T))
  const answers = new BigInt64Array(B)
  rows.forEach((row, b) => {
    const past = row.prefix?.length ?? 0
    attentionMask.fill(1n, b * (S + T), b * (S + T) + past)
    attentionMask.fill(1n, b * (S + T) + S, b * (S + T) + S + row.inputIds.length)
    for (let t = 0; t < row.inputIds.length; t++) {
      inputIds[b * T + t] = BigInt(row.inputIds[t] as number)
      positionIds[b * T + t] = BigInt(past + t)
    }
    answers[b] = BigInt(row.answer)
  })
  return {
    input_ids: int64([B, T], inputIds),
    prompt_table: float32([1, sizes.hidden]),
    attention_mask: int64([B, S + T], attentionMask),
    position_ids: int64([B, T], positionIds),
    answer_positions: int64([B, 1], answers),
    logit_rows: int64([0]),
    ...pastInputs(
      rows.map(({ prefix }) => prefix),
      S,
      sizes,
    ),
  }
}

/**
 * What the graph is fed to compile a prompt: one row of the virtual tokens V … V + P − 1, no answer wanted.
 * `promptTable` [P, H].
 */
export function prefixInputs(promptTable: FloatTensor, sizes: ModelSizes): Tensors {
  const P = promptTable.dims[0] as number
  const T = roundUp(P)
  const count = (length: number, from = 0) => BigInt64Array.from({ length: T }, (_, t) => (t < length ? BigInt(from + t) : 0n))
  return {
    input_ids: int64([1, T], count(P, sizes.vocabulary)),
    prompt_table: promptTable,
    attention_mask: int64(
      [1, T],
      BigInt64Array.from({ length: T }, (_, t) => (t < P ? 1n : 0n)),
    ),
    position_ids: int64([1, T], count(P)),
    answer_positions: int64([1, 0]),
    logit_rows: int64([0]),
    ...pastInputs([null], 0, sizes),
  }
}

/** The names of the graph's inputs besides the past. */
export const inputNames = ['input_ids', 'prompt_table', 'attention_mask', 'position_ids', 'answer_positions', 'logit_rows'] as const

/** The names of the graph's outputs that make up a prefix, in the order of `Prefix.keyValues`. */
export function presentNames(sizes: ModelSizes): string[] {
  return keyValueNames('present', sizes)
}

/** The names of the graph's past inputs, in the order of `Prefix.keyValues`. */
export function pastNames(sizes: ModelSizes): string[] {
  return keyValueNames('past_key_values', sizes)
}

/** The prefix in the outputs of a run on `prefixInputs`: the first P of the T computed positions. */
export function prefixFromOutputs(outputs: Tensors, P: number, sizes: ModelSizes): Prefix {
  return gatherPrefix(outputs, presentNames(sizes), P, sizes)
}

/** The first P positions of tensors [1, kv heads, ≥ P, head size], in the order of `names`, as a prefix. */
export function gatherPrefix(tensors: Tensors, names: readonly string[], P: number, sizes: ModelSizes): Prefix {
  const { keyValueHeads, headSize } = sizes
  const keyValues = new Float32Array(prefixElements(P, sizes))
  names.forEach((name, part) => {
    const tensor = floatOutput(tensors, name)
    const length = tensor.dims[2] as number
    for (let head = 0; head < keyValueHeads; head++) {
      const source = tensor.data.subarray(head * length * headSize, (head * length + P) * headSize)
      keyValues.set(source, (part * keyValueHeads + head) * P * headSize)
    }
  })
  return { length: P, keyValues }
}

/** Prefixes as tensors [N, kv heads, length, head size] under `names`, zero where a prefix is shorter or null. */
export function spreadPrefixes(prefixes: readonly (Prefix | null)[], names: readonly string[], length: number, sizes: ModelSizes): Tensors {
  const { keyValueHeads, headSize } = sizes
  const spread = names.map((name, part) => {
    const tensor = float32([prefixes.length, keyValueHeads, length, headSize])
    prefixes.forEach((prefix, n) => {
      if (prefix === null) return
      const block = prefix.length * headSize
      for (let head = 0; head < keyValueHeads; head++) {
        const from = (part * keyValueHeads + head) * block
        tensor.data.set(prefix.keyValues.subarray(from, from + block), (n * keyValueHeads + head) * length * headSize)
      }
    })
    return [name, tensor] as const
  })
  return Object.fromEntries(spread)
}

/** How many numbers a prefix of P virtual tokens has: 2L · kv heads · P · head size. */
export function prefixElements(P: number, { layers, keyValueHeads, headSize }: ModelSizes): number {
  return 2 * layers * keyValueHeads * P * headSize
}

/** `past_key_values.*`. N is 1 where all rows share a prefix, else B. */
function pastInputs(prefixes: readonly (Prefix | null)[], S: number, sizes: ModelSizes): Tensors {
  const distinct = new Set(prefixes).size === 1 ? prefixes.slice(0, 1) : prefixes
  return spreadPrefixes(distinct, pastNames(sizes), S, sizes)
}

function keyValueNames(prefix: string, { layers }: ModelSizes): string[] {
  return Array.from({ length: 2 * layers }, (_, part) => `${prefix}.${part >> 1}.${part % 2 === 0 ? 'key' : 'value'}`)
}

/** `length` rounded up to a multiple of `lengthStep`. */
export function roundUp(length: number): number {
  return Math.ceil(length / lengthStep) * lengthStep
}
