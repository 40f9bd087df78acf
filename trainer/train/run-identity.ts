import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { Dataset } from '../data/dataset.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { hashOf } from './hash-of.ts'
import type { TrainingSettings } from './settings.ts'

/** What decides the numbers of a run. */
interface Run {
  readonly model: Pick<ModelCard, 'baseHash' | 'weights' | 'graphVersion'>
  readonly labels: readonly Label[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly settings: TrainingSettings
}

/** What two runs must share for one to go on from the other's state: the model, the very examples of each split, every setting. */
export function runIdentity({ model, labels, train, dev, settings }: Run): string {
  const { baseHash, weights, graphVersion } = model
  return hashOf({ baseHash, weights, graphVersion, labels, train: examplesHash(train), dev: examplesHash(dev), settings })
}
