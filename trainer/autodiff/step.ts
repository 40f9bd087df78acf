import type { ReadyPrompt, Row } from '../../shared/engine/families/family.ts'
import type { StoredPrompt } from '../../shared/formats/peft.ts'
import type { FloatTensor } from '../../shared/tensor.ts'
import type { LossGraph } from './training-graph.ts'

/** A loss as it is put on the graph: `key` names what it adds, since a graph is built and loaded once for each. */
export interface Loss extends LossGraph {
  readonly key: string
}

/** One text of a step. */
export interface StepRow extends Row {
  /** What its loss counts in the step's: the step's loss is Σ weight · loss. */
  readonly weight: number
  /** What the loss takes of it, without the axis of the batch. Where rows differ in the length of a first axis, the shorter are followed by zeros. */
  readonly feeds: Readonly<Record<string, FloatTensor>>
}

/** What one step of one prompt wants gradients of. */
export interface Step {
  readonly rows: readonly StepRow[]
  readonly prompt: ReadyPrompt
  readonly loss: Loss
}

/** What a step's backward pass gives. */
export interface Backward {
  /** Of the step, in nats. */
  readonly loss: number
  /** d loss / d what went in with each text; null behind no prompt. */
  readonly fed: StoredPrompt | null
  /** d loss / d each of what the loss learns besides the prompt. */
  readonly learned: Readonly<Record<string, Float32Array>>
}
