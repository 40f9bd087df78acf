import { excerpt, SoftPromptError } from '../../shared/error.ts'
import type { Dataset } from '../data/dataset.ts'
import { namedLabels, severalLabels } from '../data/example.ts'
import { labelsOf, requireLabels } from '../data/labels.ts'
import { requireWeighted } from '../train/label-weights.ts'
import { objectiveFor } from '../train/objective-for.ts'
import { requireTaken } from '../train/settings.ts'
import type { PlannedTask } from './project-tasks.ts'
import type { TaskData } from './read-task.ts'

/** The examples of a task, as far as there are. */
type Splits = Pick<TaskData, 'train'> & Partial<TaskData>

/** What is said of a task besides its files. */
type Said = Pick<PlannedTask, 'verbalizers' | 'settings'>

/** Throws where a task's examples and what is said of it do not go together, as far as can be told without its model. */
export function checkTask({ verbalizers, settings }: Said, { train, dev, test }: Splits): void {
  requireTaken(settings)
  const labels = labelsOf(train)
  requireLabels(labels, verbalizers)
  requireWeighted(settings.classWeights, labels)
  objectiveFor(train, settings)
  const known = new Set(labels)
  for (const set of [dev, test]) {
    if (set !== undefined) requireKindOf(train, set, set === dev)
    const alien = set && namedLabels(set.examples).find((label) => !known.has(label))
    if (set === undefined || alien === undefined) continue
    throw new SoftPromptError(
      'invalid_data',
      `Cannot use ${set.file}: label ${excerpt(JSON.stringify(alien))} is not in the training data, whose labels are ${excerpt(labels.join(', '), 200)}.`,
    )
  }
}

/** Throws where examples have lists of labels and those that are learned from have not; with `exactly` also the other way round. */
function requireKindOf(train: Dataset, set: Dataset, exactly: boolean): void {
  const [several, ofSet] = [severalLabels(train), severalLabels(set)]
  if (several === ofSet || (several && !exactly)) return
  throw new SoftPromptError(
    'invalid_data',
    `Cannot use ${set.file}: its examples have ${ofSet ? 'lists of labels' : 'one label each'}, and those of the training data ${several ? 'lists of labels' : 'one label each'}. Write both in one way.`,
  )
}
