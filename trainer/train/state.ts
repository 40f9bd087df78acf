import type { ChosenBy } from '../evaluate/better.ts'
import type { Parameters } from './parameters.ts'

/** The best evaluation so far. */
interface BestStep {
  readonly step: number
  /** On dev. */
  readonly metrics: ChosenBy
}

/** A training run between two steps: all that the next step depends on. */
export interface TrainingState {
  /** What must be the same for a run to go on: the model, the data and every setting. */
  readonly run: string
  /** What computes: another may round otherwise. */
  readonly computedBy: string
  /** Steps done. */
  readonly step: number
  readonly best: BestStep | null
  /** Evaluations since the best one. */
  readonly stale: number
  /** The loss of the steps between the last two evaluations, their mean; null before the first. */
  readonly trainLoss: number | null
  /** The losses of the steps since the last evaluation. */
  readonly losses: readonly number[]
  readonly variables: Parameters
  readonly optimizer: Parameters
  /** The variables of the best evaluation; empty before the first. */
  readonly bestVariables: Parameters
}
