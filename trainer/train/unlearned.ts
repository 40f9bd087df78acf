import { SoftPromptError } from '../../shared/error.ts'
import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import type { Dataset } from '../data/dataset.ts'
import { examplesHash } from '../data/examples-hash.ts'
import { holdOut } from '../data/split.ts'

/** What is known of a package. */
interface Learned {
  /** Its folder, for errors. */
  readonly where: string
  readonly card: Pick<PromptCard, 'data' | 'settings'>
  /** The hash of the examples that it was made from, dev among them where that was held out; null where it is not known. */
  readonly madeFrom: string | null
}

/**
 * Of examples those that a package was not learned from: all of them, or, where it was learned from these but for a part that was held out as
 * dev, that part. Throws `invalid_data` where it was learned from all. A file that has some of the examples among others is not known again.
 */
export function unlearned(data: Dataset, { where, card, madeFrom }: Learned): Dataset {
  if (!isLearnedFrom(data, { card, madeFrom })) return data
  const { seed } = card.settings
  const [rest, held] = holdOut(data, typeof seed === 'number' ? seed : 0)
  if (rest.examples.length === card.data.train?.examples && held.examples.length > 0) return held
  throw new SoftPromptError(
    'invalid_data',
    `Cannot calibrate ${where} on ${data.file}: it was learned from these examples, and is surer of them than of any others. Name others with --data.`,
  )
}

/** Whether examples are those that a package was learned from, dev among them where that was held out of them. */
export function isLearnedFrom(data: Dataset, { card, madeFrom }: Pick<Learned, 'card' | 'madeFrom'>): boolean {
  const { train } = card.data
  return train !== undefined && (train.sha256 === data.sha256 || madeFrom === examplesHash(data))
}
