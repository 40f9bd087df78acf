import { type Attributes, domains, type ElementType, inline, type Node } from '../graph.ts'

/** A node of an own operator's body, with one output. */
export function bodyNode(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Attributes = {},
  domain: string = domains.onnx,
): Node {
  return { op, domain, inputs, outputs: [output], attributes }
}

/** A constant of a body, which has no initializers: every element of it is `value`. */
export function bodyConstant(output: string, type: ElementType, shape: readonly number[], value: number): Node {
  return bodyNode('Constant', [], output, { value: { tensor: inline(type, shape, [value]) } })
}
