import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { labelScores } from '../../shared/engine/scores.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { wordHead } from '../import/word-head.ts'
import type { TrainingExample } from './objectives/objective.ts'
import { fitProbe } from './probe/fit-probe.ts'
import type { LabelledFeatures } from './probe/labelled-features.ts'
import { TextFeatures } from './text-features.ts'

/** A head on what the frozen model makes of texts without a prompt, and its scores for every row of dev. */
export interface Baseline extends LabelHead {
  readonly scores: readonly Float64Array[]
}

/** What a prompt has to beat: both read the texts once, without a prompt. */
export interface Baselines {
  /** Fitted to train; null where it was not asked for. */
  readonly probe: Baseline | null
  /** The labels' words, without having seen an example. */
  readonly zeroShot: Baseline
}

export async function measureBaselines(
  model: { readonly opened: OpenedModel; readonly frozen: FrozenModel },
  labels: readonly Label[],
  train: readonly TrainingExample[],
  dev: readonly TrainingExample[],
  {
    wantsProbe,
    signal,
    features = new TextFeatures(model.frozen),
  }: { wantsProbe: boolean; signal: AbortSignal; features?: TextFeatures | undefined },
): Promise<Baselines> {
  const unseen = labelledFeatures(await features.of(dev, signal), dev)
  const scored = ({ labelRows, bias }: LabelHead): Baseline => {
    const head = { labelRows, bias }
    return { ...head, scores: unseen.rows.map((row) => labelScores(row, head)) }
  }
  const fitted = async () => fitProbe(labelledFeatures(await features.of(train, signal), train), unseen, labels.length, signal)
  return { probe: wantsProbe ? scored(await fitted()) : null, zeroShot: scored(await wordHead(model, labels)) }
}

function labelledFeatures(
  rows: readonly Float32Array[],
  examples: readonly TrainingExample[],
): LabelledFeatures & { readonly rows: readonly Float32Array[] } {
  const H = rows[0]?.length ?? 0
  const features = new Float32Array(rows.length * H)
  rows.forEach((row, n) => {
    features.set(row, n * H)
  })
  return { rows, features, labels: Int32Array.from(examples, ({ label }) => label) }
}
