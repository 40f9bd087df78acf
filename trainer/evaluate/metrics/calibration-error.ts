import { calibrationBins } from '../calibration-bins.ts'
import type { Metric } from './metric.ts'

/**
 * The expected calibration error: how far the probability of the answers is from the share that is right, a mean over the bins weighted by
 * their rows. Guo et al. 2017, eq. 5. Drawing rows anew makes it larger, since chance alone moves every bin away from its mean.
 */
export const calibrationError: Metric = {
  label: 'calibration error',
  better: 'lower',
  criterion: false,
  brief: false,
  interval: false,
  of(predictions) {
    let [gaps, counted] = [0, 0]
    for (const { examples, confidence, accuracy } of calibrationBins(predictions)) {
      gaps += examples * Math.abs((confidence ?? 0) - (accuracy ?? 0))
      counted += examples
    }
    return gaps / counted
  },
}
