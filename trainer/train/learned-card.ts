import type { Placement } from '../../shared/engine/families/family.ts'
import type { ModelCard } from '../../shared/formats/model-card.ts'
import type { Label, PromptCard } from '../../shared/formats/prompt-card.ts'
import type { UnsealedCard } from '../../shared/formats/prompt-package.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Metrics } from '../evaluate/metrics.ts'
import type { Learned } from './loop.ts'
import type { TrainingSettings } from './settings.ts'

/** Texts of the self-test, and the longest that one may be, in characters. */
const maxSelfTests = 4
const maxSelfTestLength = 2000

/** What was learned of what. */
interface Learning {
  readonly task: string
  readonly settings: TrainingSettings
  readonly model: ModelCard
  readonly placement: Placement
  readonly labels: readonly Label[]
  readonly train: Dataset
  readonly dev: Dataset
  readonly learned: Learned
  /** On dev, answered as `answer` says. */
  readonly metrics: Metrics
  readonly answer: PromptCard['answer']
}

/** The card of a learned prompt, with a self-test of dev's first texts. */
export function learnedCard({
  task,
  settings,
  model,
  placement,
  labels,
  train,
  dev,
  learned,
  answer,
  ...measured
}: Learning): UnsealedCard {
  const { baseHash: hash, name, weights, graphVersion } = model
  const { confusion: _, ...metrics } = measured.metrics
  const selfTest = dev.examples
    .map(({ text }, i) => ({ text, scores: { [weights]: Array.from(learned.scores[i] as Float64Array) } }))
    .filter(({ text }) => text.length <= maxSelfTestLength)
    .slice(0, maxSelfTests)
  return {
    task,
    kind: learned.stored.kind,
    method: settings.method,
    virtualTokens: settings.virtualTokens,
    ...placement,
    answer,
    base: { hash, name, weights, graphVersion },
    labels: [...labels],
    template: settings.template,
    maxTokens: settings.maxTokens,
    settings: { ...settings },
    training: { steps: learned.steps, bestStep: learned.bestStep },
    data: { train: described(train), dev: described(dev) },
    metrics,
    selfTest,
  }
}

function described({ examples, sha256 }: Dataset): PromptCard['data'][string] {
  return { examples: examples.length, sha256 }
}
