import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import { compileTemplate } from '../../shared/text/template.ts'
import type { OpenedModel } from './open-model.ts'

/**
 * What the frozen model alone scores labels by, without a bias: the output layer's rows at their words or, of a model that has none, what
 * it makes of the words by themselves, of length 1, so that the label whose words are the most like a text wins.
 */
export async function wordHead(
  { opened, frozen }: { opened: OpenedModel; frozen: FrozenModel },
  labels: readonly Label[],
): Promise<LabelHead> {
  const bias = new Float32Array(labels.length)
  const { tables, tokens, sizes } = opened.card
  if (tables.output !== null) return { labelRows: opened.outputRows(labels.map(({ token }) => token)), bias }
  const row = compileTemplate('{text}', opened.encode, tokens, sizes.context)
  const rows = await frozen.hidden(labels.map(({ verbalizer }) => row(verbalizer)), [frozen.unprompted]) // biome-ignore format: one thought
  const labelRows = Float32Array.from(rows.flatMap((vector) => Array.from(normalized(vector))))
  return { labelRows, bias }
}

function normalized(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}
