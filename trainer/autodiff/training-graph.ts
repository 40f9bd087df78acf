import { pastNames, presentNames } from '../../shared/engine/families/decoder.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { GraphBuilder } from '../onnx/builder.ts'
import type { Graph } from '../onnx/graph.ts'
import { addClassification, type ObjectiveOptions } from '../train/objectives/classification.ts'
import { addGradients } from './gradient.ts'

/** The name under which a training graph takes or gives d loss / d value. */
export const gradientName = (value: string) => `gradient.${value}`

/**
 * The texts' graph, forward and backward: takes a batch whose rows all follow one prefix (N = 1, K = 1) and gives
 * `loss`, `scores` [B, C], and the gradients of the past keys and values, summed over the batch, and of `label_rows`.
 */
export function textTrainingGraph(graph: Graph, sizes: ModelSizes, options: ObjectiveOptions): Graph {
  const b = GraphBuilder.from(graph, { N: 1, K: 1 })
  const { loss, scores } = addClassification(b, 'hidden', options)
  const wanted = [...pastNames(sizes), 'label_rows']
  const gradients = addGradients(b, new Map([[loss, b.floats(1)]]), wanted)
  b.output(loss)
  b.output(scores)
  for (const [value, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: gradientName(value) }))
  return b.build()
}

/** The prompt's graph backward: takes the gradients of the present keys and values and gives that of `prompt_table` [P, H]. */
export function promptTrainingGraph(graph: Graph, sizes: ModelSizes): Graph {
  const b = GraphBuilder.from(graph, { B: 1, N: 1 })
  const seeds = new Map(presentNames(sizes).map((name) => [name, b.input(gradientName(name), 'float32', b.shapeOf(name))]))
  const gradient = addGradients(b, seeds, ['prompt_table']).get('prompt_table') as string
  b.output(b.add('Identity', [gradient], { name: gradientName('prompt_table') }))
  return b.build()
}
