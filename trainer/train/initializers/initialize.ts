import { SoftPromptError } from '../../../shared/error.ts'
import { type FloatTensor, float32 } from '../../../shared/tensor.ts'
import type { Label } from '../../data/labels.ts'
import type { ModelPackage } from '../../disk/model-package.ts'
import { seededRandom, shuffled } from '../../random.ts'

export const initializations = ['random', 'vocabulary', 'labels', 'text'] as const
export type Initialization = (typeof initializations)[number]

/** Byte-level BPE numbers its merges by frequency, so the lowest ids are the most frequent tokens; Lester et al. sample from 5,000. */
const frequentTokens = 5000

export interface InitializeOptions {
  readonly model: ModelPackage
  readonly virtualTokens: number
  readonly labels: readonly Label[]
  /** For `text`. */
  readonly text?: string
  readonly seed: number
}

/** The prompt's rows before training, [P, H]. */
export function initialPrompt(kind: Initialization, { model, virtualTokens: P, labels, text, seed }: InitializeOptions): FloatTensor {
  const H = model.card.sizes.hidden
  const random = seededRandom(seed, 1)
  const frequent = () =>
    shuffled(
      Array.from({ length: Math.min(frequentTokens, model.card.sizes.vocabulary) }, (_, id) => id),
      random,
    )
  const rows = (ids: readonly number[]) => float32([P, H], model.inputRows(ids.slice(0, P)))

  if (kind === 'vocabulary') return rows(frequent())
  if (kind === 'labels') {
    const words = labels.flatMap(({ verbalizer }) => model.encode(` ${verbalizer}`))
    return rows([...words, ...frequent()])
  }
  if (kind === 'text') {
    const ids = model.encode(text ?? '')
    if (ids.length === 0) throw new SoftPromptError('usage', 'Cannot begin from a text: none was given. Add --init-text "…".')
    return rows(Array.from({ length: P }, (_, p) => ids[p % ids.length] as number))
  }
  const scale = spread(model.inputRows(frequent().slice(0, 256)))
  return float32(
    [P, H],
    Float32Array.from({ length: P * H }, () => (2 * random() - 1) * Math.sqrt(3) * scale),
  )
}

/** The root of the mean square: uniform numbers within √3 times it have the same. */
function spread(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length)
}
