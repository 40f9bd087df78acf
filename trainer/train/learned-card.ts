import type { ModelCard } from '../../shared/formats/model-card.ts'
import { virtualTokens } from '../../shared/formats/peft.ts'
import type { Label, PromptCard } from '../../shared/formats/prompt-card.ts'
import type { UnsealedCard } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import { shareInterval } from '../evaluate/interval.ts'
import { valuesOf } from '../evaluate/metrics.ts'
import type { Calibrated, MeasuredCandidate } from './candidate.ts'
import type { TrainingSettings } from './settings.ts'

/** Texts of the self-test, and the longest that one may be, in characters. */
const maxSelfTests = 4
const maxSelfTestLength = 2000

/** What was learned of what. */
interface Learning {
  readonly task: string
  readonly settings: TrainingSettings
  readonly model: ModelCard
  readonly labels: readonly Label[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly chosen: MeasuredCandidate
  /** The probe that is stored with it; null where there is none. */
  readonly probe: Pick<MeasuredCandidate, 'answer' | 'rule'> | null
  /** Steps done. */
  readonly steps: number
  readonly baselines: PromptCard['baselines']
}

/** The card of a learned prompt, with a self-test of dev's first texts. */
export function learnedCard({ task, settings, model, labels, train, dev, chosen, probe, steps, baselines }: Learning): UnsealedCard {
  const { baseHash: hash, name, weights, graphVersion } = model
  const selfTest = dev.examples
    .map(({ text }, i) => ({ text, scores: { [weights]: Array.from(chosen.scores[i] as Float64Array) } }))
    .filter(({ text }) => text.length <= maxSelfTestLength)
    .slice(0, maxSelfTests)
  return {
    task,
    kind: chosen.stored.kind,
    method: chosen.method,
    virtualTokens: virtualTokens(chosen.stored),
    ...chosen.placement,
    answer: chosen.answer,
    ...(probe?.rule.several && { probeAnswer: probe.answer }),
    base: { hash, name, weights, graphVersion },
    labels: [...labels],
    template: settings.template,
    maxTokens: settings.maxTokens,
    settings: { ...settings },
    training: { steps, bestStep: chosen.bestStep },
    data: { train: described(train), dev: described(dev) },
    ...cardFigures(chosen, baselines, dev),
    selfTest,
  }
}

/** What the card says of how it does on dev, and the baselines there. */
export function cardFigures(
  { metrics, abstaining }: Pick<Calibrated, 'metrics' | 'abstaining'>,
  baselines: PromptCard['baselines'],
  { examples: { length: N } }: Pick<Dataset, 'examples'>,
): Required<Pick<PromptCard, 'metrics' | 'baselines' | 'accuracyIntervals'>> {
  const intervals = Object.entries(baselines).flatMap(([name, { accuracy }]) =>
    accuracy === undefined ? [] : [[name, shareInterval(accuracy, N)]],
  )
  return {
    metrics: {
      ...valuesOf(metrics),
      ...(abstaining !== null && { coverage: abstaining.coverage }),
      ...(abstaining !== null && abstaining.accuracy !== null && { answeredAccuracy: abstaining.accuracy }),
    },
    baselines,
    accuracyIntervals: { package: shareInterval(metrics.accuracy, N), baselines: Object.fromEntries(intervals) },
  }
}

export function described({ examples, sha256 }: Dataset): PromptCard['data'][string] {
  return { examples: examples.length, sha256 }
}
