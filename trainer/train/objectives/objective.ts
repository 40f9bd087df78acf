import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import type { Thresholds } from '../../../shared/engine/heads/head.ts'
import type { Label, PromptCard } from '../../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import type { Loss, StepRow } from '../../autodiff/step.ts'
import type { Criteria } from '../../evaluate/better.ts'
import type { Predictions } from '../../evaluate/predictions.ts'
import type { RightAnswer } from '../../evaluate/right-answers.ts'
import type { OpenedModel } from '../../import/open-model.ts'
import type { Parameters } from '../parameters.ts'
import type { PlainSettings } from '../plain-settings.ts'

/** A row of a batch with what it should answer. */
export interface TrainingExample {
  readonly inputIds: ArrayLike<number>
  /** What is right for it, as indexes of labels. */
  readonly right: RightAnswer
  /** How likely each label is, [C], where more is known than what is right. */
  readonly probabilities?: Float32Array
}

/** What an objective asks of a choice of labels. */
export interface Weighting {
  /** How much an example of each label counts beside the others, [C]; null where all count alike. */
  readonly labelWeights: Float32Array | null
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
  /** What a text of C labels costs, by the loss of its row. */
  lossOfText(loss: number, classes: number): number
  /** Whether texts may have several labels. */
  readonly several: boolean
  /** What the best step is chosen by where nothing is said: the first that differs decides. */
  readonly criteria: Criteria
  /** What a row's loss counts beside the others', 1 on average. */
  weight(example: TrainingExample, weighting: Weighting): number
  /** What is fed besides a row, of each example. `values` holds what it needs besides the prompt, learned and fixed, as it is now. */
  feeds(batch: readonly TrainingExample[], values: Parameters, settings: PlainSettings & Weighting): StepRow['feeds'][]
  /** What scores the labels. */
  head(values: Parameters): LabelHead
  /** From which probability on each label is given, [C], chosen by what dev's rows are answered; undefined where the most probable always is. */
  thresholds(predictions: () => Predictions, settings: Pick<PlainSettings, 'precision' | 'thresholds'>): Thresholds | undefined
  /** How the card says that the scores of C labels become an answer. */
  answer(classes: number, temperature: number, thresholds?: Thresholds): PromptCard['answer']
}
