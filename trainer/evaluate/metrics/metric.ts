import type { Predictions } from '../predictions.ts'

/** A figure of how well predictions fit their labels. It is a finite number, whatever the predictions. */
export interface Metric {
  /** Its name for people. */
  readonly label: string
  /** Which of two values is the better one. */
  readonly better: 'higher' | 'lower'
  /** Whether the best step may be chosen by it. */
  readonly criterion: boolean
  /** Whether it is shown where there is room for a few figures. */
  readonly brief: boolean
  /** Whether drawing rows anew shows how far chance moves it: not where it says nothing of the answers, or where drawing moves it one way. */
  readonly interval: boolean
  of(predictions: Predictions): number
}
