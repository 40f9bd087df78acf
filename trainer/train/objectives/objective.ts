import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import type { Label, PromptCard } from '../../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import type { Loss, StepRow } from '../../autodiff/step.ts'
import type { OpenedModel } from '../../import/open-model.ts'
import type { Parameters } from '../parameters.ts'
import type { PlainSettings } from '../plain-settings.ts'

/** A row of a batch with what it should answer. */
export interface TrainingExample {
  readonly inputIds: ArrayLike<number>
  /** The index of the row's label. */
  readonly label: number
}

/** What is known of a task before its first step. */
export interface ObjectiveInput {
  readonly model: { readonly opened: OpenedModel; readonly frozen: FrozenModel }
  readonly labels: readonly Label[]
  readonly settings: PlainSettings
  /** What a logistic regression on the model's own outputs learns; null where it was not asked for. */
  readonly probe: LabelHead | null
}

/** What an objective needs besides the prompt. */
export interface ObjectiveValues {
  /** What is learned along, as it begins: some or all of `learns`. */
  readonly learned: Parameters
  /** What stays as it is. */
  readonly fixed: Parameters
}

/** What learning minimises. */
export interface Objective {
  /** The names of what is learned besides the prompt: inputs that it adds to the graph. */
  readonly learns: readonly string[]
  /** What is added to the model's graph; settings that change it are all in its `key`. */
  loss(settings: PlainSettings): Loss
  /** What it needs besides the prompt, before the first step. */
  initial(input: ObjectiveInput): Promise<ObjectiveValues>
  /** The positions of a row whose output is wanted; undefined for the readout of the prompt. */
  positions(example: TrainingExample): readonly number[] | undefined
  /** What is fed besides a row, of each example. `values` holds what it needs besides the prompt, learned and fixed, as it is now. */
  feeds(batch: readonly TrainingExample[], values: Parameters, settings: PlainSettings): StepRow['feeds'][]
  /** What scores the labels. */
  head(values: Parameters): LabelHead
  /** How the card says that scores become an answer, at a temperature. */
  answer(temperature: number): PromptCard['answer']
}
