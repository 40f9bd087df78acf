import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { OpenedModel } from './open-model.ts'

/** What the frozen model alone scores labels by: the output layer's rows at their words. */
export async function wordHead({ opened }: { opened: OpenedModel; frozen: FrozenModel }, labels: readonly Label[]): Promise<LabelHead> {
  return { labelRows: opened.outputRows(labels.map(({ token }) => token)), bias: new Float32Array(labels.length) }
}
