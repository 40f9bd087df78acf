import type { Tensor, TensorFlow, Variable } from '../../tensorflow.ts'
import type { Parameters } from '../methods/methods.ts'
import { adafactor } from './adafactor.ts'
import { adamw } from './adamw.ts'

export const optimizerNames = ['adamw', 'adafactor'] as const
export type OptimizerName = (typeof optimizerNames)[number]

/** How one variable moves: what is remembered of it, and its next value. */
export interface UpdateRule {
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

const updateRules: Record<OptimizerName, UpdateRule> = { adamw, adafactor }

/** Variables that an optimizer moves, with what it remembers of each. All of it can be saved and brought back exactly. */
export class Optimizer {
  readonly #tf: TensorFlow
  readonly #rule: UpdateRule
  readonly #variables: Record<string, Variable> = {}
  readonly #state: Record<string, Record<string, Variable>> = {}

  constructor(tf: TensorFlow, name: OptimizerName, variables: Parameters, saved?: Parameters) {
    this.#tf = tf
    this.#rule = updateRules[name]
    const variable = ({ shape, data }: Parameters[string]) => tf.variable(tf.tensor(data, [...shape], 'float32'))
    for (const [key, parameter] of Object.entries(variables)) {
      this.#variables[key] = variable(parameter)
      const fresh = Object.entries(this.#rule.state(parameter.shape))
      this.#state[key] = Object.fromEntries(fresh.map(([part, start]) => [part, variable(saved?.[`${key}.${part}`] ?? start)]))
    }
  }

  get variables(): Readonly<Record<string, Variable>> {
    return this.#variables
  }

  /** Moves each variable by its gradient, at its own learning rate. */
  step(step: number, gradients: Record<string, Tensor>, settings: (variable: string) => StepSettings): void {
    for (const [key, gradient] of Object.entries(gradients)) {
      const variable = this.#variables[key] as Variable
      const state = this.#state[key] as Record<string, Variable>
      const { value, state: next } = this.#tf.tidy(() => this.#rule.update(this.#tf, step, variable, gradient, state, settings(key)))
      variable.assign(value)
      value.dispose()
      for (const [part, tensor] of Object.entries(next)) {
        state[part]?.assign(tensor)
        tensor.dispose()
      }
    }
  }

  /** The variables' present values. */
  parameters(): Parameters {
    return Object.fromEntries(Object.entries(this.#variables).map(([key, variable]) => [key, parameter(variable)]))
  }

  /** What is remembered of each variable, as the constructor takes it. */
  state(): Parameters {
    return Object.fromEntries(
      Object.entries(this.#state).flatMap(([key, parts]) =>
        Object.entries(parts).map(([part, variable]) => [`${key}.${part}`, parameter(variable)] as const),
      ),
    )
  }

  dispose(): void {
    for (const variable of [this.#variables, ...Object.values(this.#state)].flatMap(Object.values<Variable>)) variable.dispose()
  }
}

function parameter(variable: Variable): Parameters[string] {
  return { shape: variable.shape, data: Float32Array.from(variable.dataSync()) }
}
