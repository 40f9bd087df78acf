import type { Label } from '../../shared/formats/prompt-card.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { Dataset } from '../data/dataset.ts'
import { labelsOf, requireDifferent, verbalize } from '../data/labels.ts'
import { requireArchitecture } from '../import/architectures/require-architecture.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { fitContext, requireCard, templateOf } from './check-job.ts'
import { objectiveFor } from './objective-for.ts'
import type { Objective } from './objectives/objective.ts'
import * as objectives from './objectives/table.ts'
import { type GivenSettings, settingsFor, type TrainingSettings } from './settings.ts'

/** What is learned from, as it was given. */
interface Given {
  readonly train: Dataset
  readonly verbalizers: Readonly<Record<string, string>>
  readonly settings: GivenSettings
}

/** How a task is learned through a model. C labels. */
interface Learning {
  readonly settings: TrainingSettings
  readonly objective: Objective
  /** [C] */
  readonly labels: readonly Label[]
  /** A text as a row. */
  readonly encode: (text: string) => EncodedText
}

/**
 * How a task is learned of so many examples through a model, as far as its card and its tokenizer tell: they are small, so that what cannot
 * be is thrown before the model is loaded.
 */
export function learningOf(
  { train, verbalizers, settings: given }: Given,
  examples: number,
  model: Pick<OpenedModel, 'card' | 'encode'>,
): Learning {
  const { card } = model
  const usual = settingsFor({ ...given, objective: objectiveFor(train, given) }, examples, requireArchitecture(card).defaults)
  const settings = fitContext(usual, card, given.maxTokens)
  const objective: Objective = objectives[settings.objective]
  objective.loss(settings) // throws where it can't be with these settings
  const encode = templateOf(settings, model)
  const labels = verbalize(labelsOf(train), verbalizers, model.encode)
  requireCard(labels, settings.template)
  if (settings.head === 'fixed' && settings.headInit === 'words') requireDifferent(labels, card)
  return { settings, objective, labels, encode }
}
