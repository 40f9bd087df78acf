import type { Tensor, TensorFlow } from '../../tensorflow.ts'
import type { Parameters } from '../parameters.ts'

/** How one variable moves: what is remembered of it, and its next value. */
export interface Optimizer {
  /** What is remembered of a variable of this shape, before the first step. */
  state(shape: readonly number[]): Parameters
  /** The new value and the new state after step `step` (the first is 1). Runs inside tf.tidy. */
  update(
    tf: TensorFlow,
    step: number,
    value: Tensor,
    gradient: Tensor,
    state: Record<string, Tensor>,
    settings: StepSettings,
  ): { value: Tensor; state: Record<string, Tensor> }
}

export interface StepSettings {
  readonly learningRate: number
  readonly weightDecay: number
}
