import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import type { Tensors } from '../../../shared/tensor.ts'
import type { AddLoss } from '../../autodiff/training-graph.ts'
import type { Parameters } from '../parameters.ts'

/** What an objective may be told of the task. */
export interface ObjectiveOptions {
  /** ε: the share of the target that is spread over all labels. */
  readonly labelSmoothing: number
  /** The weight of log²Σ exp(scores), T5's z-loss. */
  readonly zLoss: number
}

/** A row of a batch with what it should answer. */
export interface TrainingExample {
  readonly inputIds: readonly number[]
  /** The index of the row's label. */
  readonly label: number
}

/** What learning minimises. */
export interface Objective {
  /** The names of what is learned besides the prompt: inputs that it adds to the graph. */
  readonly learns: readonly string[]
  /** What is added to the model's graph; `options` that change the graph are all in `key`. */
  key(options: ObjectiveOptions): string
  add(options: ObjectiveOptions): AddLoss
  /** The positions of a row whose output is wanted; undefined for the readout of the prompt. */
  positions(example: TrainingExample): readonly number[] | undefined
  /** What is fed besides the rows. `learned` holds the present values of what is learned besides the prompt. */
  feeds(batch: readonly TrainingExample[], learned: Parameters): Tensors
  /** What scores the labels, of what is learned besides the prompt. */
  head(learned: Parameters): LabelHead
}
