import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { type FloatTensor, float32 } from '../../../shared/tensor.ts'
import { wordHead } from '../../import/word-head.ts'
import type { Parameter, Parameters } from '../parameters.ts'
import type { ObjectiveInput, ObjectiveValues } from './objective.ts'

/** What scores labels: rows [C, H] and a bias [C], which are learned along. */
export const headNames = ['label_rows', 'bias'] as const
type HeadName = (typeof headNames)[number]

/** A head as it begins: learned, or fixed. */
export async function initialHead({ model, labels, settings, probe }: ObjectiveInput): Promise<ObjectiveValues> {
  const C = labels.length
  const heads = {
    zeros: async () => ({ labelRows: new Float32Array(C * model.opened.card.sizes.hidden), bias: new Float32Array(C) }),
    words: () => wordHead(model, labels),
    async probe() {
      if (probe === null) throw new Error('the label rows begin as a probe that was not fitted')
      return { labelRows: probe.labelRows.slice(), bias: probe.bias.slice() }
    },
  }
  const begun = headValues(await heads[settings.headInit]())
  return settings.head === 'learned' ? { learned: begun, fixed: {} } : { learned: {}, fixed: begun }
}

/** A head's numbers by the names that they have in the graph. */
export function headValues({ labelRows, bias }: LabelHead): Record<HeadName, Parameter> {
  const C = bias.length
  return { label_rows: { shape: [C, labelRows.length / C], data: labelRows }, bias: { shape: [C], data: bias } }
}

/** The head that values are. */
export function headOf(values: Parameters): LabelHead {
  return { labelRows: learnedValue(values, 'label_rows').data, bias: learnedValue(values, 'bias').data }
}

/** What is fed of a head with each row. */
export function headFeeds(values: Parameters): Record<HeadName, FloatTensor> {
  const [rows, bias] = headNames.map((name) => learnedValue(values, name)) as [Parameter, Parameter]
  return { label_rows: float32(rows.shape, rows.data), bias: float32(bias.shape, bias.data) }
}

function learnedValue(values: Parameters, name: HeadName): Parameter {
  const value = values[name]
  if (value === undefined) throw new Error(`the objective has no ${name}`)
  return value
}
