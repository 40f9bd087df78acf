import { SoftPromptError } from '../../shared/error.ts'
import type { Dataset } from '../data/dataset.ts'
import { severalLabels } from '../data/example.ts'
import * as objectives from './objectives/table.ts'
import type { GivenSettings, TrainingSettings } from './settings.ts'

/** The objective that was asked for or, where none was, the one that the examples are for. Throws `usage` where it is not for them. */
export function objectiveFor(train: Dataset, { objective }: GivenSettings): TrainingSettings['objective'] {
  const soft = train.examples.some(({ probabilities }) => probabilities !== undefined)
  if (soft && objective !== undefined && objectives[objective].several)
    throw new SoftPromptError(
      'usage',
      `Cannot learn from ${train.file} with objective ${objective}: its examples say how likely each label is, of which one is right. Leave the objective out.`,
    )
  if (!severalLabels(train)) return objective ?? 'classification'
  if (objective === undefined || objectives[objective].several) return objective ?? 'multilabel'
  throw new SoftPromptError(
    'usage',
    `Cannot learn from ${train.file} with objective ${objective}: its examples have lists of labels. Leave the objective out, or give each text one label.`,
  )
}
