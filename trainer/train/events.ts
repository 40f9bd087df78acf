import type { ChosenBy } from '../evaluate/better.ts'
import type { Metrics } from '../evaluate/metrics.ts'
import type { TrainingState } from './state.ts'

/** What a training run tells while it runs, in the order in which it happens. */
export type TrainingEvent =
  | { readonly type: 'warning'; readonly message: string }
  /** What is learned from, and what the best step is chosen by: examples, and whether dev was held out of the file that is learned from. */
  | { readonly type: 'data'; readonly labels: number; readonly train: number; readonly dev: number; readonly heldOut: boolean }
  /** What else answers dev, by its name for people. */
  | { readonly type: 'baseline'; readonly name: string; readonly metrics: Metrics }
  | {
      readonly type: 'step'
      /** Steps done, of at most `steps`. */
      readonly step: number
      readonly steps: number
      /** The mean over the batch, in nats. */
      readonly loss: number
      /** At the last evaluation; null before the first and, of a resumed run, where that is not known. */
      readonly dev: ChosenBy | null
      readonly examplesPerSecond: number
      readonly secondsLeft: number
    }
  | {
      readonly type: 'evaluated'
      readonly step: number
      readonly steps: number
      /** The mean of the steps since the evaluation before, in nats. */
      readonly trainLoss: number
      readonly metrics: Metrics
      readonly best: boolean
    }
  /** Learning is over after `step` of `steps`; where those are not all, because the examples were `learned`, or `patience` evaluations came without a better one. */
  | {
      readonly type: 'ended'
      readonly step: number
      readonly steps: number
      readonly bestStep: number
      readonly patience: number
      readonly learned: boolean
    }
  /** All that the next step depends on: who keeps it can go on from here. */
  | { readonly type: 'state'; readonly state: TrainingState }
