import type { ModelSizes } from '../../../shared/formats/model-card.ts'
import type { Prefix } from '../../../shared/formats/prefix.ts'
import type { PromptKind } from '../../../shared/formats/prompt-card.ts'
import type { FloatTensor } from '../../../shared/tensor.ts'
import type { Tensor, TensorFlow } from '../../tensorflow.ts'
import type { Parameters } from '../parameters.ts'

/** What a prompt is before training, as a method asks for it. */
export interface InitialPrompt {
  /** P rows that stand for real tokens: [P, H]. */
  table(): FloatTensor
  /** The keys and values that the model makes of them. */
  prefix(): Promise<Prefix>
}

/** A way to learn a prompt: what its variables are, and how they make what is stored. */
export interface Method {
  /** For people. */
  readonly about: string
  /** Whether the prompt is of no positions: then nothing is learned step by step, and the linear probe is what is packaged. */
  readonly empty: boolean
  /** What `combine` makes: a table [P, H], or keys and values [2L, kv heads, P, head size]. */
  readonly kind: PromptKind
  /** The variables before the first step. */
  variables(initial: InitialPrompt, sizes: ModelSizes): Promise<Parameters>
  /** What is stored, from the variables. Runs inside tf.tidy, and under tf.grads. */
  combine(variables: Record<string, Tensor>, tf: TensorFlow): Tensor
}
