import type { Tensor, TensorFlow, Variable } from '../tensorflow.ts'
import type { Optimizer, StepSettings } from './optimizers/optimizer.ts'
import type { Parameter, Parameters } from './parameters.ts'

/** The variables that training moves, with what the optimizer remembers of each. All of it can be saved and brought back exactly. */
export class TrainableVariables {
  readonly #tf: TensorFlow
  readonly #optimizer: Optimizer
  readonly #variables: Record<string, Variable> = {}
  readonly #state: Record<string, Record<string, Variable>> = {}

  constructor(tf: TensorFlow, optimizer: Optimizer, variables: Parameters, saved?: Parameters) {
    this.#tf = tf
    this.#optimizer = optimizer
    const variable = ({ shape, data }: Parameter) => tf.tidy(() => tf.variable(tf.tensor(data, [...shape], 'float32')))
    for (const [key, parameter] of Object.entries(variables)) {
      this.#variables[key] = variable(parameter)
      const fresh = Object.entries(this.#optimizer.state(parameter.shape))
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
      const { value, state: next } = this.#tf.tidy(() => this.#optimizer.update(this.#tf, step, variable, gradient, state, settings(key)))
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

function parameter(variable: Variable): Parameter {
  return { shape: variable.shape, data: Float32Array.from(variable.dataSync()) }
}
