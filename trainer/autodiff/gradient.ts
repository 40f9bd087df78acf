import type { GraphBuilder } from '../onnx/builder.ts'
import type { Node } from '../onnx/graph.ts'
import { rules, zerosLike } from '../onnx/operators/rules.ts'

/**
 * Adds the gradients of `wanted` to the graph by one reverse walk over the nodes between them and `seeds` (values with
 * d loss / d value given), and returns the value that holds each. Throws on an operator without a rule.
 */
export function addGradients(b: GraphBuilder, seeds: ReadonlyMap<string, string>, wanted: readonly string[]): Map<string, string> {
  const nodes = [...b.nodes]
  const moving = dependents(b, nodes, wanted)
  const gradients = new Map(seeds)

  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => gradients.has(output)) || !node.inputs.some((input) => moving.has(input))) continue
    const given = node.outputs.map((output) => gradients.get(output))
    const inputGradient = inputGradients(b, node, given)
    node.inputs.forEach((input, i) => {
      if (!moving.has(input)) return
      const gradient = inputGradient[i]?.()
      if (gradient === undefined) throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has no gradient for its input ${input}`)
      const before = gradients.get(input)
      gradients.set(input, before === undefined ? gradient : b.add('Add', [before, gradient]))
    })
  }
  return new Map(wanted.map((value) => [value, gradients.get(value) ?? zerosLike(b, value)]))
}

function inputGradients(b: GraphBuilder, node: Node, given: readonly (string | undefined)[]) {
  const rule = rules[node.op]
  if (rule === undefined) throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has no gradient rule`)
  const needed = node.op === 'Split' ? node.outputs : node.outputs.slice(0, 1) // further outputs are helpers of the rule
  if (given.slice(needed.length).some((gradient) => gradient !== undefined)) {
    throw new Error(`operator ${node.op} (node ${node.outputs[0]}) has a gradient rule for its first output alone`)
  }
  return rule(
    node,
    needed.map((output, i) => given[i] ?? zerosLike(b, output)),
    b,
  )
}

/** The numbers that change when one of `wanted` does; shapes and masks are none. */
function dependents(b: GraphBuilder, nodes: readonly Node[], wanted: readonly string[]): Set<string> {
  const moving = new Set(wanted)
  for (const node of nodes) {
    if (!node.inputs.some((input) => moving.has(input))) continue
    for (const output of node.outputs) if (b.typeOf(output).type === 'float32') moving.add(output)
  }
  return moving
}
