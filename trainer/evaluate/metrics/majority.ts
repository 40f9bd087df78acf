import { labelCounts } from '../confusion-matrix.ts'
import type { Metric } from './metric.ts'

/** The accuracy of always answering the most frequent label: a baseline, the same for every prompt. */
export const majority: Metric = {
  label: 'majority baseline',
  better: 'higher',
  criterion: null,
  brief: true,
  interval: false,
  of: ({ labels, confusion }) => Math.max(...labelCounts(confusion)) / labels.length,
}
