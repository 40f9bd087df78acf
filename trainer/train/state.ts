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
  /** The losses of the last steps: those since the evaluation before, and of one pass over the examples where that is more. */
  readonly losses: readonly number[]
  /** Whether nothing is left to learn. */
  readonly learned: boolean
  readonly variables: Parameters
  readonly optimizer: Parameters
  /** The variables of the best evaluation; empty before the first. */
  readonly bestVariables: Parameters
}

/** The state of `run` before its first step. */
export function firstState(run: string, computedBy: string, variables: Parameters): TrainingState {
  return { run, computedBy, variables, step: 0, best: null, stale: 0, losses: [], learned: false, optimizer: {}, bestVariables: {} }
}
