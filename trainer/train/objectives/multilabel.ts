import { SoftPromptError } from '../../../shared/error.ts'
import { float32 } from '../../../shared/tensor.ts'
import type { LossGraph } from '../../autodiff/training-graph.ts'
import { criteriaBy } from '../../evaluate/better.ts'
import { thresholdsForF1, thresholdsForPrecision, usualThreshold } from '../../evaluate/choose-thresholds.ts'
import { int } from '../../onnx/graph.ts'
import { headFeeds, headNames, headOf, initialHead } from './label-head.ts'
import type { Objective } from './objective.ts'

/**
 * −Σ targets · log [σ(scores), σ(−scores)] of each row, in nats, where scores [B, C] are the answers' `hidden` [B, 1, H] times `label_rows`
 * [B, C, H] plus `bias` [B, C], which are learned along. `targets` [B, C, 2] are what it counts that a row has a label and that it has not:
 * 1 / C the one and 0 the other for a label of its task, both 0 where others have more labels. New inputs: these three.
 */
export const multilabel = {
  learns: headNames,
  loss({ zLoss }) {
    if (zLoss !== 0) throw new SoftPromptError('usage', 'Cannot use --z-loss with several labels a text: each label is scored by itself.')
    return { key: 'multilabel', answers: 1, add: addMultilabel }
  },
  initial: initialHead,
  positions: () => undefined,
  lossOfText: (loss, classes) => loss * classes, // which is the mean of theirs
  several: true,
  criteria: criteriaBy('microF1'),
  weight: () => 1,
  feeds: (batch, values, { labelSmoothing, labelWeights }) => {
    const head = headFeeds(values)
    const C = head.bias.data.length
    return batch.map(({ right }) => {
      const targets = new Float32Array(2 * C)
      const there = new Set(typeof right === 'number' ? [right] : right)
      for (let c = 0; c < C; c++) {
        const wanted = there.has(c) ? 1 - labelSmoothing / 2 : labelSmoothing / 2
        targets[2 * c] = (wanted * (labelWeights?.[c] ?? 1)) / C
        targets[2 * c + 1] = (1 - wanted) / C
      }
      return { ...head, targets: float32([C, 2], targets) }
    })
  },
  head: headOf,
  thresholds: (predictions, { precision, thresholds: scope = 'label' }) =>
    precision === undefined ? thresholdsForF1(predictions()) : thresholdsForPrecision(predictions(), precision, scope),
  answer: (classes, temperature, thresholds = new Array<number>(classes).fill(usualThreshold)) => ({
    type: 'sigmoid',
    version: 1,
    temperature,
    thresholds: [...thresholds],
  }),
} satisfies Objective

const addMultilabel: LossGraph['add'] = (b, hidden) => {
  const H = b.shapeOf(hidden).at(-1) as number
  const rows = b.input('label_rows', 'float32', ['B', 'C', H])
  const bias = b.input('bias', 'float32', ['B', 'C'])
  const targets = b.input('targets', 'float32', ['B', 'C', 2])

  const products = b.add('Squeeze', [b.add('MatMul', [hidden, b.transpose(rows)]), b.integers([1])])
  const scores = b.add('Add', [products, bias], { name: 'scores' }) // [B, C]
  // σ(s) and σ(−s) are the softmax of s and 0
  const pairs = b.add('Mul', [b.add('Unsqueeze', [scores, b.integers([2])]), b.floats([1, 0])]) // [B, C, 2]
  const logProbabilities = b.add('LogSoftmax', [pairs], { attributes: { axis: int(2) } })
  const summed = b.sum(b.add('Mul', [targets, logProbabilities]), [1, 2])
  const losses = b.add('Neg', [b.add('Squeeze', [summed, b.integers([1, 2])])], { name: 'losses' })
  return { losses, learned: [...headNames] }
}
