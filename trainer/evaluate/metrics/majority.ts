import type { Metric } from './metric.ts'

/** The accuracy of always answering the most frequent label, or set of labels: a baseline, the same for every prompt. */
export const majority: Metric = {
  label: 'majority baseline',
  better: 'higher',
  criterion: false,
  brief: true,
  interval: false,
  of({ labels }) {
    const counts = new Map<string | number, number>()
    for (const right of labels) {
      const key = typeof right === 'number' ? right : right.join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    return Math.max(...counts.values()) / labels.length
  },
}
