import { type ElementType, intAttribute } from '../graph.ts'
import type { Operator } from './operator.ts'

/** ONNX's numbers for the types that are used here. */
const onnxTypes: Readonly<Record<number, ElementType>> = { 1: 'float32', 2: 'uint8', 3: 'int8', 6: 'int32', 7: 'int64', 9: 'bool' }

export const Cast: Operator = {
  shape: (node, { input }) => {
    const to = intAttribute(node, 'to', 0)
    const type = onnxTypes[to]
    if (type === undefined) throw new Error(`Cast ${node.outputs[0]} makes ONNX type ${to}, which is not used here`)
    return [{ type, shape: input(0).shape }]
  },
}
