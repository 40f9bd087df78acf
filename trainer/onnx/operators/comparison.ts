import { broadcastAll, reduceTo } from './broadcasting.ts'
import type { Operator, ShapeRule } from './operator.ts'

const comparison: ShapeRule = (_, { inputs }) => [{ type: 'bool', shape: broadcastAll(inputs) }]

export const Less: Operator = { shape: comparison }
export const LessOrEqual: Operator = { shape: comparison }
export const Equal: Operator = { shape: comparison }
export const And: Operator = { shape: comparison }

export const Where: Operator = {
  shape: (_, { inputs, input }) => [{ type: input(1).type, shape: broadcastAll(inputs) }],
  gradient: ({ inputs: [condition = '', x = '', y = ''] }, [g = ''], b) => [
    null,
    () => reduceTo(b, b.add('Where', [condition, g, b.floats(0)]), x),
    () => reduceTo(b, b.add('Where', [condition, b.floats(0), g]), y),
  ],
}
