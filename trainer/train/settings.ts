import type { PromptMethod } from '../../shared/formats/prompt-card.ts'
import type { Initialization } from './initializers/initialize.ts'
import type { OptimizerName } from './optimizers/optimizers.ts'
import type { Schedule } from './schedules/schedule.ts'

/** Every choice of a training run. */
export interface TrainingSettings {
  readonly method: PromptMethod
  /** P */
  readonly virtualTokens: number
  readonly init: Initialization
  readonly initText?: string
  readonly template: string
  /** The most tokens of a row, beginning and template included. */
  readonly maxTokens: number
  readonly labelRows: 'fixed' | 'learned'
  readonly optimizer: OptimizerName
  readonly learningRate: number
  /** The label rows' learning rate. */
  readonly labelLearningRate: number
  readonly weightDecay: number
  readonly schedule: Schedule
  /** The share of the steps over which the learning rate rises. */
  readonly warmup: number
  readonly steps: number
  readonly batchSize: number
  /** Steps between two evaluations on dev; a checkpoint goes with each. */
  readonly evaluateEvery: number
  /** Training stops after so many evaluations without a better one. */
  readonly patience: number
  readonly labelSmoothing: number
  readonly zLoss: number
  readonly seed: number
}

/** Chosen on the dev splits of sst2, trec6, subj and agnews; see `npm run bench -- quality`. */
export const defaultSettings = {
  method: 'prefix',
  virtualTokens: 20,
  init: 'labels',
  template: '{text} It was',
  maxTokens: 128,
  labelRows: 'learned',
  optimizer: 'adamw',
  learningRate: 0.05,
  labelLearningRate: 0.02,
  weightDecay: 0,
  schedule: 'linear',
  warmup: 0.06,
  batchSize: 16,
  patience: 5,
  labelSmoothing: 0,
  zLoss: 0,
  seed: 0,
} as const satisfies Partial<TrainingSettings>

const mostSteps = 600
/** A small data set is learned by heart after that: 300 steps on 500 examples did better on dev than 600. */
const mostEpochs = 10
const evaluations = 6
const mostStepsBetween = 100

/** The defaults for learning from so many examples, with what was `given` in their place. */
export function settingsFor(given: Partial<TrainingSettings>, examples: number): TrainingSettings {
  const { batchSize = defaultSettings.batchSize } = given
  const { steps = Math.min(mostSteps, Math.ceil((mostEpochs * examples) / batchSize)) } = given
  const evaluateEvery = Math.min(mostStepsBetween, Math.ceil(steps / evaluations))
  return { ...defaultSettings, steps, evaluateEvery, ...given }
}
