import type { ModelSizes } from '../../formats/model-card.ts'
import { type Prefix, prefixElements } from '../../formats/prefix.ts'
import { type FloatTensor, float32, floatOutput, type Tensors } from '../../tensor.ts'
import type { ReadyPrompt } from './family.ts'

/** The prefix that goes in with each text; null where there is none. */
export function prefixOf({ fed }: ReadyPrompt): Prefix | null {
  return fed?.kind === 'prefix' ? fed.prefix : null
}

/** The vectors that go in with each text; null where there are none. */
export function tableOf({ fed }: ReadyPrompt): FloatTensor | null {
  return fed?.kind === 'table' ? fed.table : null
}

/** The names of the graph's past inputs, in the order of `Prefix.keyValues`. */
export function pastNames(sizes: ModelSizes): string[] {
  return keyValueNames('past_key_values', sizes)
}

/** The names of the graph's outputs that make up a prefix, in the order of `Prefix.keyValues`. */
export function presentNames(sizes: ModelSizes): string[] {
  return keyValueNames('present', sizes)
}

/** The first P positions of row n of tensors [N, kv heads, ≥ P, head size], in the order of `names`, as a prefix. */
export function gatherPrefix(tensors: Tensors, names: readonly string[], P: number, sizes: ModelSizes, n = 0): Prefix {
  const keyValues = new Float32Array(prefixElements(P, sizes))
  for (const { source, at } of prefixBlocks(tensors, names, P, sizes, n)) keyValues.set(source, at)
  return { length: P, keyValues }
}

/** Adds to a prefix what `gatherPrefix` gathers. */
export function addToPrefix({ length, keyValues }: Prefix, tensors: Tensors, names: readonly string[], sizes: ModelSizes, n: number): void {
  for (const { source, at } of prefixBlocks(tensors, names, length, sizes, n))
    for (let i = 0; i < source.length; i++) keyValues[at + i] = (keyValues[at + i] as number) + (source[i] as number)
}

/** The numbers of each head in turn, and where in `Prefix.keyValues` they stand. */
function* prefixBlocks(tensors: Tensors, names: readonly string[], P: number, { keyValueHeads, headSize }: ModelSizes, n: number) {
  for (const [part, name] of names.entries()) {
    const { data, dims } = floatOutput(tensors, name)
    const length = dims[2] as number
    for (let head = 0; head < keyValueHeads; head++) {
      const from = (n * keyValueHeads + head) * length * headSize
      yield { source: data.subarray(from, from + P * headSize), at: (part * keyValueHeads + head) * P * headSize }
    }
  }
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

function keyValueNames(start: string, { layers }: ModelSizes): string[] {
  return Array.from({ length: 2 * layers }, (_, part) => `${start}.${part >> 1}.${part % 2 === 0 ? 'key' : 'value'}`)
}
