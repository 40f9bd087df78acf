import { softmaxAnswer } from '../../../shared/engine/heads/softmax.ts'
import { SoftPromptError } from '../../../shared/error.ts'
import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { float32, int64 } from '../../../shared/tensor.ts'
import type { LossGraph } from '../../autodiff/training-graph.ts'
import { wordHead } from '../../import/word-head.ts'
import { int } from '../../onnx/graph.ts'
import type { Parameter, Parameters } from '../parameters.ts'
import type { PlainSettings } from '../plain-settings.ts'
import type { Objective } from './objective.ts'

type LossSettings = Pick<PlainSettings, 'labelSmoothing' | 'zLoss'>

/**
 * The mean over the batch of −log softmax(scores)[label], in nats, where scores [B, C] are the answers' `hidden` [B, 1, H] times
 * `label_rows` [C, H] plus `bias` [C], which are learned along. New inputs: these two and `labels` [B]. Lester et al. 2021.
 */
export const classification = {
  learns: ['label_rows', 'bias'],
  loss: (settings: LossSettings) => ({
    key: `classification ${settings.labelSmoothing} ${settings.zLoss}`,
    answers: 1,
    add: addClassification(settings),
  }),
  async initial({ model, labels, settings, probe }) {
    const C = labels.length
    const heads = {
      zeros: async () => ({ labelRows: new Float32Array(C * model.opened.card.sizes.hidden), bias: new Float32Array(C) }),
      words: () => wordHead(model, labels),
      async probe() {
        if (probe === null)
          throw new SoftPromptError('usage', 'Cannot start the label rows from the probe without one: leave out --no-probe.')
        return { labelRows: probe.labelRows.slice(), bias: probe.bias.slice() }
      },
    }
    const begun = headValues(await heads[settings.headInit]())
    return settings.head === 'learned' ? { learned: begun, fixed: {} } : { learned: {}, fixed: begun }
  },
  positions: () => undefined,
  feeds: (batch, values) => {
    const [rows, bias] = [learnedValue(values, 'label_rows'), learnedValue(values, 'bias')]
    const labels = BigInt64Array.from(batch, ({ label }) => BigInt(label))
    return { label_rows: float32(rows.shape, rows.data), bias: float32(bias.shape, bias.data), labels: int64([batch.length], labels) }
  },
  head: (values) => ({ labelRows: learnedValue(values, 'label_rows').data, bias: learnedValue(values, 'bias').data }),
  answer: softmaxAnswer,
} satisfies Objective

/** A head's numbers by the names that they have here. */
export function headValues({ labelRows, bias }: LabelHead): Record<'label_rows' | 'bias', Parameter> {
  const C = bias.length
  return { label_rows: { shape: [C, labelRows.length / C], data: labelRows }, bias: { shape: [C], data: bias } }
}

function learnedValue(values: Parameters, name: 'label_rows' | 'bias'): Parameter {
  const value = values[name]
  if (value === undefined) throw new Error(`classification has no ${name}`)
  return value
}

function addClassification({ labelSmoothing, zLoss }: LossSettings): LossGraph['add'] {
  return (b, hidden) => {
    const H = b.shapeOf(hidden).at(-1) as number
    const rows = b.input('label_rows', 'float32', ['C', H])
    const bias = b.input('bias', 'float32', ['C'])
    const labels = b.input('labels', 'int64', ['B'])

    const answers = b.add('Squeeze', [hidden, b.integers([1])])
    const scores = b.add('Add', [b.add('MatMul', [answers, b.transpose(rows)]), bias], { name: 'scores' }) // [B, C]
    const logProbabilities = b.add('LogSoftmax', [scores], { attributes: { axis: int(1) } })
    const losses = b.add('Neg', [b.sum(b.add('Mul', [targets(), logProbabilities]), [1])]) // [B, 1]
    const mean = average(zLoss === 0 ? losses : b.add('Add', [losses, b.add('Mul', [square(logSum()), b.floats(zLoss)])]))
    return { loss: b.add('Squeeze', [mean, b.integers([0, 1])], { name: 'loss' }), learned: ['label_rows', 'bias'] }

    /** 1 − ε at the label plus ε / C everywhere: [B, C]. */
    function targets(): string {
      const C = b.dimension(rows, 0)
      const end = b.add('Squeeze', [C, b.integers([0])])
      const classes = b.add('Range', [b.integers(0), end, b.integers(1)], { shape: ['C'] })
      const hot = b.add('Equal', [b.add('Unsqueeze', [labels, b.integers([1])]), classes])
      const exact = b.add('Cast', [hot], { attributes: { to: int(1) } })
      if (labelSmoothing === 0) return exact
      const spread = b.add('Div', [b.floats(labelSmoothing), b.add('Cast', [C], { attributes: { to: int(1) } })])
      return b.add('Add', [b.add('Mul', [exact, b.floats(1 - labelSmoothing)]), spread])
    }

    /** log Σ exp(scores) [B, 1]: what softmax's logarithm takes off every score, averaged over the equal columns. */
    function logSum(): string {
      const difference = b.add('Sub', [scores, logProbabilities])
      const count = b.add('Cast', [b.dimension(rows, 0)], { attributes: { to: int(1) } })
      return b.add('Mul', [b.sum(difference, [1]), b.add('Reciprocal', [count])])
    }

    function square(value: string): string {
      return b.add('Mul', [value, value])
    }

    /** [B, 1] → [1, 1] */
    function average(value: string): string {
      const count = b.add('Cast', [b.dimension(labels, 0)], { attributes: { to: int(1) } })
      return b.add('Mul', [b.sum(value, [0]), b.add('Reciprocal', [count])])
    }
  }
}
