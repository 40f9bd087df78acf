import type { Prefix } from '../../shared/engine/families/decoder.ts'
import type { PromptParameters } from '../../shared/formats/prompt-package.ts'
import { type FloatTensor, float32 } from '../../shared/tensor.ts'
import type { FrozenModel } from '../autodiff/frozen-model.ts'
import type { Tensor, TensorFlow } from '../tensorflow.ts'
import { type Method, methods, type Parameters } from './methods/methods.ts'
import { Optimizer } from './optimizers/optimizers.ts'
import { rateFactor } from './schedules/schedule.ts'
import type { TrainingSettings } from './settings.ts'

/** The variable that holds the label rows, where they are learned along. */
export const labelVariable = 'label_rows'

/** A text of a batch, and the index of its label. */
export interface LabelledText {
  readonly inputIds: readonly number[]
  readonly label: number
}

/** A prompt being learned: its variables, and the step that moves them. */
export class Learner {
  readonly #tf: TensorFlow
  readonly #frozen: FrozenModel
  readonly #settings: TrainingSettings
  readonly #method: Method
  readonly #fixedRows: Float32Array
  readonly #optimizer: Optimizer

  /** `fixedRows` [C, H] are the label rows where `state.variables` has none. */
  constructor(
    tf: TensorFlow,
    frozen: FrozenModel,
    settings: TrainingSettings,
    fixedRows: Float32Array,
    state: { variables: Parameters; optimizer: Parameters },
  ) {
    this.#tf = tf
    this.#frozen = frozen
    this.#settings = settings
    this.#method = methods[settings.method]
    this.#fixedRows = fixedRows
    this.#optimizer = new Optimizer(tf, settings.optimizer, state.variables, state.optimizer)
  }

  /** One step, the first being 0: the loss before it, in nats. */
  async step(step: number, batch: readonly LabelledText[]): Promise<{ loss: number }> {
    const { made, prefix } = await this.prompt()
    const rows = batch.map(({ inputIds, label }) => ({ inputIds, label, answer: inputIds.length - 1, prefix }))
    const labelRows = this.labelRows() // [C, H]
    const labelShape = [labelRows.length / this.#frozen.package.card.sizes.hidden, this.#frozen.package.card.sizes.hidden]
    const { loss, prefixGradient, labelRowsGradient } = await this.#frozen.backward(rows, float32(labelShape, labelRows), this.#settings)

    const gradient = this.#method.gives === 'prefix' ? prefixGradient.keyValues : await this.#frozen.pullback(made, prefixGradient)
    const gradients = this.#pullThrough(gradient)
    if (labelVariable in this.#optimizer.variables) gradients[labelVariable] = this.#tf.tensor(labelRowsGradient, labelShape)

    const { learningRate, labelLearningRate, weightDecay } = this.#settings
    const factor = rateFactor(step, this.#settings)
    this.#optimizer.step(step + 1, gradients, (variable) =>
      variable === labelVariable
        ? { learningRate: labelLearningRate * factor, weightDecay: 0 }
        : { learningRate: learningRate * factor, weightDecay },
    )
    for (const tensor of Object.values(gradients)) tensor.dispose()
    return { loss }
  }

  /** The prompt as it is now: what the variables make, as parameters, and the prefix that stands for it. */
  async prompt(): Promise<{ made: FloatTensor; parameters: PromptParameters; prefix: Prefix }> {
    const combined = this.#tf.tidy(() => this.#method.combine(this.#optimizer.variables, this.#tf).clone())
    const made = float32(combined.shape, Float32Array.from(combined.dataSync()))
    combined.dispose()
    if (this.#method.gives === 'prompt table') {
      return { made, parameters: { method: 'prompt', promptTable: made }, prefix: await this.#frozen.compile(made) }
    }
    const prefix = { length: made.dims[2] as number, keyValues: made.data } // [2L, kv heads, P, head size]
    return { made, parameters: { method: 'prefix', prefix }, prefix }
  }

  /** [C, H] */
  labelRows(): Float32Array {
    const learned = this.#optimizer.variables[labelVariable]
    return learned === undefined ? this.#fixedRows : Float32Array.from(learned.dataSync())
  }

  variables(): Parameters {
    return this.#optimizer.parameters()
  }

  optimizerState(): Parameters {
    return this.#optimizer.state()
  }

  dispose(): void {
    this.#optimizer.dispose()
  }

  /** d loss / d variables, from d loss / d what `combine` makes of them. */
  #pullThrough(gradient: Float32Array): Record<string, Tensor> {
    const tf = this.#tf
    const own = Object.entries(this.#optimizer.variables).filter(([name]) => name !== labelVariable)
    const { value, grads } = tf.variableGrads(
      () => {
        const combined = this.#method.combine(this.#optimizer.variables, tf)
        return tf.sum(tf.mul(combined, tf.tensor(gradient, combined.shape))).asScalar()
      },
      own.map(([, variable]) => variable),
    )
    value.dispose()
    return Object.fromEntries(own.map(([name, variable]) => [name, grads[variable.name] as Tensor]))
  }
}
