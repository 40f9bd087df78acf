import type { Metrics, MetricValues } from '../evaluate/metrics.ts'
import type { TrainingState } from './state.ts'

/** What a training run tells while it runs, in the order in which it happens. */
export type TrainingEvent =
  | { readonly type: 'warning'; readonly message: string }
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
      readonly dev: MetricValues | null
      readonly examplesPerSecond: number
      readonly secondsLeft: number
    }
  | { readonly type: 'evaluated'; readonly step: number; readonly metrics: Metrics; readonly best: boolean }
  /** All that the next step depends on: who keeps it can go on from here. */
  | { readonly type: 'state'; readonly state: TrainingState }
