import packageJson from '../../package.json' with { type: 'json' }
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { Dataset } from '../data/dataset.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { hashOf } from './hash-of.ts'
import { defaultsWith, type GivenSettings } from './settings.ts'

/** What a package is made from. */
interface Making {
  readonly model: Pick<ModelCard, 'baseHash' | 'weights' | 'graphVersion'>
  readonly train: Dataset
  readonly dev?: Dataset | undefined
  readonly verbalizers: Readonly<Record<string, string>>
  readonly settings: GivenSettings
}

/** What two packages of the same share: the model, the very examples, what was said of the training, and the program. A hash or a version each, by its name for people. */
export function ingredients({ model: { baseHash, weights, graphVersion }, train, dev, verbalizers, settings }: Making) {
  const usual: Readonly<Record<string, unknown>> = defaultsWith({})
  const given = Object.entries(settings).filter(([name, value]) => value !== undefined && value !== usual[name]) // said or not, it is the same
  return {
    'the model': hashOf([baseHash, weights, graphVersion]),
    'the training data': examplesHash(train),
    'the dev data': dev === undefined ? 'held out' : examplesHash(dev),
    'the settings': hashOf([given.sort(), Object.entries(verbalizers).sort()]),
    softprompt: packageJson.version,
  }
}
