import { pastNames, presentNames } from '../../../shared/engine/families/key-values.ts'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { GraphBuilder } from '../../onnx/builder.ts'

/** A layer's keys and values, each [N, kv heads, S, head size] (past) or [B, kv heads, T, head size] (present). */
export interface KeyValue {
  readonly key: string
  readonly value: string
}

/** The names of a layer's keys and values: what it is fed, and what it gives. */
export interface LayerKeyValues {
  readonly past: KeyValue
  readonly present: KeyValue
}

/** Declares the past of every layer as inputs, and names what each gives. */
export function keyValueInputs(b: GraphBuilder, sizes: ModelSizes): LayerKeyValues[] {
  const { keyValueHeads, headSize } = sizes
  const past = pairs(pastNames(sizes).map((name) => b.input(name, 'float32', ['N', keyValueHeads, 'S', headSize])))
  const present = pairs(presentNames(sizes))
  return past.map((pair, l) => ({ past: pair, present: present[l] as KeyValue }))
}

/** Keys and values in turn, as a pair a layer. */
function pairs(names: readonly string[]): KeyValue[] {
  return Array.from({ length: names.length / 2 }, (_, l) => ({ key: names[2 * l] as string, value: names[2 * l + 1] as string }))
}
