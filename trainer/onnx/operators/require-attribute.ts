import { intAttribute, type Node } from '../graph.ts'

/** Throws where a node's attribute, or its default `preset`, is not one that the operator's gradient rule is for. */
export function requireAttribute(node: Node, name: string, preset: number, known: readonly number[]): void {
  const value = intAttribute(node, name, preset)
  if (!known.includes(value)) throw new Error(`${node.op} ${node.outputs[0]} has no gradient with ${name} = ${value}`)
}
