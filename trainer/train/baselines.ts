import type { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { labelScores } from '../../shared/engine/scores.ts'
import type { Label } from '../../shared/formats/prompt-card.ts'
import type { LabelHead } from '../../shared/formats/prompt-package.ts'
import type { OpenedModel } from '../import/open-model.ts'
import { wordHead } from '../import/word-head.ts'
import type { Objective, TrainingExample, Weighting } from './objectives/objective.ts'
import { fitProbe, type ProbeChoice } from './probe/fit-probe.ts'
import { probeTargets } from './probe/labelled-features.ts'
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

/** What decides how the probe is fitted. */
interface ProbeOptions {
  readonly wants: boolean
  readonly objective: Objective
  readonly weighting: Weighting
  readonly choice: ProbeChoice
}

export async function measureBaselines(
  model: { readonly opened: OpenedModel; readonly frozen: FrozenModel },
  labels: readonly Label[],
  train: readonly TrainingExample[],
  dev: readonly TrainingExample[],
  probe: ProbeOptions,
  { signal, features = new TextFeatures(model.frozen) }: { signal: AbortSignal; features?: TextFeatures | undefined },
): Promise<Baselines> {
  const unseen = await features.of(dev, signal)
  const scored = ({ labelRows, bias }: LabelHead): Baseline => {
    const head = { labelRows, bias }
    return { ...head, scores: unseen.map((row) => labelScores(row, head)) }
  }
  const fitted = async () => {
    const targets = probeTargets(train, labels.length, probe.objective, probe.weighting)
    return fitProbe({ features: inOne(await features.of(train, signal)), targets }, unseen, probe.choice, signal)
  }
  return { probe: probe.wants ? scored(await fitted()) : null, zeroShot: scored(await wordHead(model, labels)) }
}

/** Rows [H] as [N, H]. */
function inOne(rows: readonly Float32Array[]): Float32Array {
  const H = rows[0]?.length ?? 0
  const features = new Float32Array(rows.length * H)
  rows.forEach((row, n) => {
    features.set(row, n * H)
  })
  return features
}
