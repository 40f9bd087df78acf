import type { Predictions } from '../predictions.ts'

/** A figure of how well predictions fit their labels. It is a finite number, whatever the predictions. */
export interface Metric {
  /** Its name for people. */
  readonly label: string
  /** Which of two values is the better one. */
  readonly better: 'higher' | 'lower'
  /** Its place among what the best step is chosen by: 1 comes first, the next where those before are equal. Null: not chosen by. */
  readonly criterion: number | null
  /** Whether it is shown where there is room for a few figures. */
  readonly brief: boolean
  /** Whether drawing rows anew shows how far chance moves it: not where it says nothing of the answers, or where drawing moves it one way. */
  readonly interval: boolean
  of(predictions: Predictions): number
}
