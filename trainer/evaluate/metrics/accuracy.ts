import type { Metric } from './metric.ts'

/** The share of rows whose answer is their label. */
export const accuracy: Metric = {
  label: 'accuracy',
  better: 'higher',
  criterion: 1,
  brief: true,
  interval: true,
  of: ({ labels, confusion }) => confusion.reduce((hits, row, c) => hits + (row[c] as number), 0) / labels.length,
}
