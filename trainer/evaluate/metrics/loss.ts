import { meanLoss } from '../mean-loss.ts'
import type { Metric } from './metric.ts'

/** The mean of −log probability of the label, in nats. */
export const loss: Metric = {
  label: 'loss',
  better: 'lower',
  criterion: 2,
  brief: true,
  interval: true,
  of: ({ probabilities, labels }) => meanLoss(probabilities, labels),
}
