import { meanLoss } from '../mean-loss.ts'
import type { Metric } from './metric.ts'

/** The mean of −log probability of the label, in nats; of each label, where a text may have several. */
export const loss: Metric = {
  label: 'loss',
  better: 'lower',
  criterion: true,
  brief: true,
  interval: true,
  of: meanLoss,
}
