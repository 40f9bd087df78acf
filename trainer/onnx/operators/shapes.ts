import { type Dim, type ElementType, intAttribute, intsAttribute, type Node, type Shape, type ValueType } from '../graph.ts'

/** What a shape rule may ask: the types of the node's inputs, and the value of one that is a constant list of whole numbers. */
interface ShapeContext {
  readonly inputs: readonly ValueType[]
  constant(input: number): readonly number[] | null
}

/** The types of a node's outputs, or null where they depend on values: then whoever adds the node must say. */
type ShapeRule = (node: Node, context: ShapeContext) => readonly ValueType[] | null

const same: ShapeRule = (_, { inputs }) => [at(inputs, 0)]
const broadcasting: ShapeRule = (_, { inputs }) => [{ type: at(inputs, 0).type, shape: inputs.map(({ shape }) => shape).reduce(broadcast) }]
const comparison: ShapeRule = (_, { inputs }) => [{ type: 'bool', shape: inputs.map(({ shape }) => shape).reduce(broadcast) }]
const reduction: ShapeRule = (node, { inputs, constant }) => {
  const { type, shape } = at(inputs, 0)
  const axes = node.inputs.length > 1 ? constant(1) : shape.map((_, axis) => axis)
  if (axes === null) return null
  const keep = intAttribute(node, 'keepdims', 1) === 1
  return [{ type, shape: shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim])) }]
}

const onnxTypes: Record<number, ElementType> = { 1: 'float32', 2: 'uint8', 3: 'int8', 6: 'int32', 7: 'int64', 9: 'bool' }

/** One rule an operator. Elementwise operators broadcast as numpy does. */
export const shapeRules: Record<string, ShapeRule> = {
  Add: broadcasting,
  Sub: broadcasting,
  Mul: broadcasting,
  Div: broadcasting,
  Min: broadcasting,
  Max: broadcasting,
  And: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Equal: comparison,
  Where: (_, { inputs }) => [{ type: at(inputs, 1).type, shape: inputs.map(({ shape }) => shape).reduce(broadcast) }],
  Abs: same,
  Neg: same,
  Exp: same,
  Log: same,
  Sqrt: same,
  Reciprocal: same,
  Sigmoid: same,
  SiLU: same,
  Identity: same,
  Softmax: same,
  LogSoftmax: same,
  RotaryEmbedding: same,
  ScatterND: same,
  Cast: (node, { inputs }) => [{ type: onnxTypes[intAttribute(node, 'to', 0)] as ElementType, shape: at(inputs, 0).shape }],
  SimplifiedLayerNormalization: (_, { inputs }) => {
    const { type, shape } = at(inputs, 0)
    return [
      { type, shape },
      { type, shape: [...shape.slice(0, -1), 1] },
    ]
  },
  ReduceSum: reduction,
  ReduceMean: reduction,
  ReduceMax: reduction,
  MatMul: (_, { inputs }) => [{ type: at(inputs, 0).type, shape: matMulShape(at(inputs, 0).shape, at(inputs, 1).shape) }],
  LinearInt8: (_, { inputs }) => [{ type: 'float32', shape: matMulShape(at(inputs, 0).shape, at(inputs, 1).shape) }],
  Transpose: (node, { inputs }) => {
    const { type, shape } = at(inputs, 0)
    return [{ type, shape: intsAttribute(node, 'perm').map((axis) => shape[axis] as Dim) }]
  },
  Unsqueeze: (_, { inputs, constant }) => {
    const axes = constant(1)
    if (axes === null) return null
    const { type, shape } = at(inputs, 0)
    const rest = [...shape]
    return [
      { type, shape: Array.from({ length: shape.length + axes.length }, (_, axis) => (axes.includes(axis) ? 1 : (rest.shift() as Dim))) },
    ]
  },
  Squeeze: (_, { inputs, constant }) => {
    const axes = constant(1)
    if (axes === null) return null
    const { type, shape } = at(inputs, 0)
    return [{ type, shape: shape.filter((_, axis) => !axes.includes(axis)) }]
  },
  Reshape: (_, { inputs, constant }) => {
    const target = constant(1)
    if (target === null || target.includes(-1)) return null
    const { type, shape } = at(inputs, 0)
    return [{ type, shape: target.map((dim, axis) => (dim === 0 ? (shape[axis] as Dim) : dim)) }]
  },
  Concat: (node, { inputs }) => {
    const axis = intAttribute(node, 'axis', 0)
    const { type, shape } = at(inputs, 0)
    return [{ type, shape: shape.map((dim, i) => (i === axis ? inputs.map((input) => input.shape[axis] as Dim).reduce(sum) : dim)) }]
  },
  Gather: (node, { inputs }) => {
    const axis = intAttribute(node, 'axis', 0)
    const { type, shape } = at(inputs, 0)
    return [{ type, shape: [...shape.slice(0, axis), ...at(inputs, 1).shape, ...shape.slice(axis + 1)] }]
  },
  Shape: (node, { inputs }) => {
    const rank = at(inputs, 0).shape.length
    return [{ type: 'int64', shape: [intAttribute(node, 'end', rank) - intAttribute(node, 'start', 0)] }]
  },
}

/** The shape that two shapes broadcast to. Throws where they do not. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]
    if (x === y || y === 1) return x
    if (x === 1) return y
    throw new Error(`shapes [${a}] and [${b}] do not broadcast`)
  })
}

function matMulShape(a: Shape, b: Shape): Shape {
  const [rows, inner, inner2, columns] = [a.at(-2), a.at(-1), b.at(-2), b.at(-1)]
  if (rows === undefined || columns === undefined || inner !== inner2) throw new Error(`shapes [${a}] and [${b}] do not multiply`)
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns]
}

function sum(a: Dim, b: Dim): Dim {
  return typeof a === 'number' && typeof b === 'number' ? a + b : `${a}+${b}`
}

function at(inputs: readonly ValueType[], index: number): ValueType {
  const input = inputs[index]
  if (input === undefined) throw new Error(`input ${index} is missing`)
  return input
}
