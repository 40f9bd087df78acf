import { rightRows } from '../predictions.ts'
import type { Metric } from './metric.ts'

/** The share of rows whose answer is their label or, where they may have several, just their labels. */
export const accuracy: Metric = {
  label: 'accuracy',
  better: 'higher',
  criterion: true,
  brief: true,
  interval: true,
  of: (predictions) => rightRows(predictions).filter(Boolean).length / predictions.labels.length,
}
