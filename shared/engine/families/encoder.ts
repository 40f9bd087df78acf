import type { ModelSizes } from '../../formats/model-card.ts'
import { float32, int64, type Tensors } from '../../tensor.ts'
import type { Family, ReadyPrompt, Row } from './family.ts'
import { pastNames, prefixOf, presentNames, spreadPrefixes, tableOf } from './key-values.ts'
import { roundUp, unseen } from './padding.ts'

/** What of x [n, H], a text's outputs, is scored: a weight for each of its n positions. */
const readouts: Readonly<Record<string, (n: number) => Float32Array>> = {
  mean: (n) => new Float32Array(n).fill(1 / n),
  first: (n) => oneOf(n, 0),
}

function oneOf(n: number, position: number): Float32Array {
  const weights = new Float32Array(n)
  weights[position] = 1
  return weights
}

/**
 * Encoders: every position sees every other. Keys and values that stand before a text see nothing of it, and go in as they are; virtual
 * tokens see the text, so they go in with each row.
 */
export const encoder: Family = {
  peftTaskType: 'FEATURE_EXTRACTION',
  readouts: Object.keys(readouts),
  kinds: { table: { fedTo: () => ['prompt_table'] }, prefix: { fedTo: pastNames } },
  compilation: {
    /** The rows as a text by themselves. */
    feeds: (table, sizes, minPast) =>
      feeds([{ inputIds: [] }], [{ fed: { kind: 'table', table }, positionOffset: 0, readout: 'mean' }], sizes, minPast),
    outputs: presentNames,
  },
  /** A prefix has no positions, unless PEFT made it, where the text's begin behind it; virtual tokens have the first. */
  positionOffsets: (kind, P) => (kind === 'table' ? [P] : [0, P]),
  inputs: (sizes) => ['input_ids', 'token_type_ids', 'position_ids', 'prompt_table', 'attention_bias', 'readout', ...pastNames(sizes)],
  feeds,
}

function feeds(rows: readonly Row[], prompts: readonly ReadyPrompt[], sizes: ModelSizes, minPast = 0): Tensors {
  const B = rows.length
  const K = rows[0]?.positions?.length ?? 1
  const prefixes = prompts.map(prefixOf)
  const tables = stackTables(prompts, sizes)
  const placed = rows.map((row, b) => {
    const n = prompts.length === 1 ? 0 : b
    const { rows: P, first } = tables.at[n] as StackedTable
    return { row, P, first, past: prefixes[n]?.length ?? 0, prompt: prompts[n] as ReadyPrompt }
  })
  const T = roundUp(Math.max(...placed.map(({ row, P }) => P + row.inputIds.length)))
  const S = roundUp(Math.max(minPast, ...prefixes.map((prefix) => prefix?.length ?? 0)))
  const inputIds = new BigInt64Array(B * T)
  const positionIds = new BigInt64Array(B * T)
  const attentionBias = new Float32Array(B * (S + T)).fill(unseen)
  const readout = new Float32Array(B * K * T)
  placed.forEach(({ row, P, first, past, prompt }, b) => {
    const n = row.inputIds.length
    for (let p = 0; p < P; p++) {
      inputIds[b * T + p] = BigInt(sizes.vocabulary + first + p)
      positionIds[b * T + p] = BigInt(p)
    }
    for (let t = 0; t < n; t++) {
      inputIds[b * T + P + t] = BigInt(row.inputIds[t] as number)
      positionIds[b * T + P + t] = BigInt(prompt.positionOffset + t)
    }
    attentionBias.fill(0, b * (S + T), b * (S + T) + past)
    attentionBias.fill(0, b * (S + T) + S, b * (S + T) + S + P + n)
    const wanted = row.positions?.map((position) => oneOf(n, position)) ?? [readoutOf(prompt, n)]
    wanted.forEach((weights, k) => {
      readout.set(weights, (b * K + k) * T + P)
    })
  })
  return {
    input_ids: int64([B, T], inputIds),
    token_type_ids: int64([B, T]),
    position_ids: int64([B, T], positionIds),
    prompt_table: tables.table,
    attention_bias: float32([B, 1, 1, S + T], attentionBias),
    readout: float32([B, K, T], readout),
    ...spreadPrefixes(prefixes, pastNames(sizes), S, sizes),
  }
}

function readoutOf({ readout }: ReadyPrompt, n: number): Float32Array {
  const weights = readouts[readout]
  if (weights === undefined) throw new Error(`an encoder has no readout ${readout}`)
  return weights(n)
}

/** Where a prompt's virtual tokens lie in the table of a batch. */
interface StackedTable {
  readonly first: number
  /** P; 0 where the prompt is no table. */
  readonly rows: number
}

/** The tables of all prompts, one after another: [R, H], of one row at least. */
function stackTables(prompts: readonly ReadyPrompt[], { hidden: H }: ModelSizes) {
  const found = prompts.map(tableOf)
  let R = 0
  const at = found.map((table): StackedTable => {
    const [first, rows] = [R, table?.dims[0] ?? 0]
    R += rows
    return { first, rows }
  })
  const stacked = float32([Math.max(1, R), H])
  found.forEach((table, n) => {
    if (table !== null) stacked.data.set(table.data, (at[n] as StackedTable).first * H)
  })
  return { table: stacked, at }
}
