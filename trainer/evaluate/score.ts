import type { Prefix } from '../../shared/engine/families/decoder.ts'
import { labelScores } from '../../shared/engine/scores.ts'
import { SoftPromptError } from '../../shared/error.ts'
import type { EncodedText } from '../../shared/text/template.ts'
import type { FrozenModel } from '../autodiff/frozen-model.ts'
import { lengthBatches } from '../data/batches.ts'

const batchSize = 32

/** The scores of each label for every text, [C] a text, in the order given. `labelRows` [C, H]. Throws `interrupted` when `signal` aborts. */
export async function scoreTexts(
  frozen: FrozenModel,
  texts: readonly EncodedText[],
  prefix: Prefix | null,
  labelRows: Float32Array,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const H = frozen.package.card.sizes.hidden
  const scores: Float64Array[] = []
  const batches = lengthBatches(
    texts.map(({ inputIds }) => inputIds.length),
    batchSize,
  )
  for (const batch of batches) {
    if (signal?.aborted) throw new SoftPromptError('interrupted', 'Stopped while measuring.')
    const rows = batch.map((i) => {
      const { inputIds } = texts[i] as EncodedText
      return { inputIds, answer: inputIds.length - 1, prefix }
    })
    const hidden = await frozen.hidden(rows) // [B, H]
    batch.forEach((i, b) => {
      scores[i] = labelScores(hidden.subarray(b * H, (b + 1) * H), labelRows)
    })
  }
  return scores
}
