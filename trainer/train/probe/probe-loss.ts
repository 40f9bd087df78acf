import type { LabelHead } from '../../../shared/formats/prompt-package.ts'
import { float32, floatOutput } from '../../../shared/tensor.ts'
import { addGradients } from '../../autodiff/gradient.ts'
import { gradientName } from '../../autodiff/training-graph.ts'
import { GraphBuilder } from '../../onnx/builder.ts'
import { type Graph, int } from '../../onnx/graph.ts'
import { writeOnnx } from '../../onnx/write.ts'
import { openNodeSession } from '../../runtime.ts'
import type { ProbeTargets } from './labelled-features.ts'

/** The loss of a linear classifier and its gradients, in ONNX Runtime: the products of N rows are what fitting one takes its time for. */
export interface ProbeLoss {
  /** The loss summed over the rows, in nats, with d loss / d label rows [C, H] and d loss / d bias [C]. */
  at(head: LabelHead): Promise<{ readonly loss: number; readonly gradient: LabelHead }>
  release(): Promise<void>
}

/** The loss on `features` [N, H]. */
export async function openProbeLoss(features: Float32Array, { rows: N, classes, wanted, unwanted }: ProbeTargets): Promise<ProbeLoss> {
  const H = features.length / N
  const session = await openNodeSession(writeOnnx(lossGraph(H, unwanted !== null)), {})
  const given = {
    ...{ features: float32([N, H], features), wanted: float32([N, classes], wanted) }, // fed anew each run, and not copied
    ...(unwanted !== null && { unwanted: float32([N, classes], unwanted) }),
  }
  const [rowsGradient, biasGradient] = [gradientName('label_rows'), gradientName('bias')]
  return {
    async at({ labelRows, bias }) {
      const learned = { label_rows: float32([classes, H], labelRows), bias: float32([classes], bias) }
      const outputs = await session.run({ ...given, ...learned }, ['losses', rowsGradient, biasGradient])
      return {
        loss: floatOutput(outputs, 'losses').data.reduce((sum, loss) => sum + loss, 0), // in float64: a float32 sum of many is too coarse
        gradient: { labelRows: floatOutput(outputs, rowsGradient).data, bias: floatOutput(outputs, biasGradient).data },
      }
    },
    release: () => session.release(),
  }
}

/** `features` [N, H], `wanted` [N, C], `label_rows` [C, H], `bias` [C] and, of several labels, `unwanted` [N, C] → `losses` [N, 1] and the gradients of their sum. */
function lossGraph(H: number, several: boolean): Graph {
  const b = new GraphBuilder()
  const [features, wanted] = [b.input('features', 'float32', ['N', H]), b.input('wanted', 'float32', ['N', 'C'])]
  const learned = [b.input('label_rows', 'float32', ['C', H]), b.input('bias', 'float32', ['C'])] as const
  const [labelRows, bias] = learned

  const scores = b.add('Add', [b.add('MatMul', [features, b.transpose(labelRows)]), bias]) // [N, C]
  const losses = b.add('Neg', [several ? ofSeveral(b, scores, wanted) : ofOne(b, scores, wanted)], { name: 'losses' }) // [N, 1]
  const ones = b.add('Expand', [b.floats(1), b.add('Shape', [losses])], { shape: b.shapeOf(losses) })
  const gradients = addGradients(b, new Map([[losses, ones]]), learned)

  b.output(losses)
  for (const [value, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: gradientName(value) }))
  return b.build()
}

/** Σ wanted · log softmax(scores), [N, 1] */
function ofOne(b: GraphBuilder, scores: string, wanted: string): string {
  const logProbabilities = b.add('LogSoftmax', [scores], { attributes: { axis: int(-1) } })
  return b.sum(b.add('Mul', [wanted, logProbabilities]), [1])
}

/** Σ wanted · log σ(scores) + unwanted · log σ(−scores), [N, 1]. The two are the softmax of a score and 0. */
function ofSeveral(b: GraphBuilder, scores: string, wanted: string): string {
  const unwanted = b.input('unwanted', 'float32', ['N', 'C'])
  const column = (value: string) => b.add('Unsqueeze', [value, b.integers([2])])
  const targets = b.add('Concat', [column(wanted), column(unwanted)], { attributes: { axis: int(2) } }) // [N, C, 2]
  const pairs = b.add('Mul', [column(scores), b.floats([1, 0])])
  const logProbabilities = b.add('LogSoftmax', [pairs], { attributes: { axis: int(2) } })
  return b.add('Squeeze', [b.sum(b.add('Mul', [targets, logProbabilities]), [1, 2]), b.integers([2])])
}
