import type { Prefix } from '../../../shared/engine/families/decoder.ts'
import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { PromptMethod } from '../../../shared/formats/prompt-card.ts'
import type { FloatTensor } from '../../../shared/tensor.ts'
import type { Tensor, TensorFlow } from '../../tensorflow.ts'
import { prefixMethod } from './prefix.ts'
import { promptMethod } from './prompt.ts'

/** A parameter as it is kept: its shape and its numbers. */
interface Parameter {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Parameters by name. */
export type Parameters = Record<string, Parameter>

/** Where a prompt begins: P rows that stand for real tokens, and the keys and values that the model makes of them. */
interface Beginning {
  readonly promptTable: FloatTensor
  readonly prefix: Prefix
}

/** A way to learn a prompt: what its variables are, and how they make what the graph takes. */
export interface Method {
  /** The variables at the beginning. */
  make(beginning: Beginning, sizes: ModelSizes): Parameters
  /** The `prompt_table` [P, H], or the past keys and values [2L, kv heads, P, head size], from the variables. */
  combine(variables: Record<string, Tensor>, tf: TensorFlow): Tensor
  /** Which of the two `combine` makes. */
  readonly gives: 'prompt table' | 'prefix'
}

export const methods: Record<PromptMethod, Method> = { prompt: promptMethod, prefix: prefixMethod }
