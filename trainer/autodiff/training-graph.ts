import type { Compilation, Kind } from '../../shared/engine/families/family.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import { GraphBuilder } from '../onnx/builder.ts'
import type { Graph } from '../onnx/graph.ts'
import { addGradients } from './gradient.ts'

/** The name under which a training graph takes or gives d loss / d value. */
export const gradientName = (value: string) => `gradient.${value}`

/** A loss on a graph: its value, a scalar, and the inputs that it brought and whose gradients are wanted. */
export interface AddedLoss {
  readonly loss: string
  readonly learned: readonly string[]
}

/** Adds a loss to a graph that gives `hidden` [B, K, H]. */
export type AddLoss = (b: GraphBuilder, hidden: string) => AddedLoss

/**
 * The texts' graph, forward and backward: takes a batch whose rows all follow one prompt (N = 1, K = 1) and gives the loss and the
 * gradients, summed over the batch, of what the prompt reaches the texts through and of what the loss learns besides.
 */
export function textTrainingGraph(
  graph: Graph,
  sizes: ModelSizes,
  { reaches }: Kind,
  addLoss: AddLoss,
): { graph: Graph; added: AddedLoss } {
  const b = GraphBuilder.from(graph, { N: 1, K: 1 })
  const added = addLoss(b, 'hidden')
  const { loss, learned } = added
  const gradients = addGradients(b, new Map([[loss, b.floats(1)]]), [...reaches(sizes), ...learned])
  b.output(loss)
  for (const [value, gradient] of gradients) b.output(b.add('Identity', [gradient], { name: gradientName(value) }))
  return { graph: b.build(), added }
}

/** The graph of a compilation backward: takes the gradients of its outputs and gives that of `prompt_table` [P, H]. */
export function promptTrainingGraph(graph: Graph, sizes: ModelSizes, { outputs }: Compilation): Graph {
  const b = GraphBuilder.from(graph, { B: 1, N: 1 })
  const seeds = new Map(outputs(sizes).map((name) => [name, b.input(gradientName(name), 'float32', b.shapeOf(name))]))
  const gradient = addGradients(b, seeds, ['prompt_table']).get('prompt_table') as string
  b.output(b.add('Identity', [gradient], { name: gradientName('prompt_table') }))
  return b.build()
}
