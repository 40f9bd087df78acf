import { intAttribute } from '../graph.ts'
import type { Operator } from './operator.ts'

/** The lengths of a value's axes, from `start` to before `end`. */
export const Shape: Operator = {
  dependsOnShapesAlone: true,
  shape: (node, { input }) => {
    const rank = input(0).shape.length
    return [{ type: 'int64', shape: [intAttribute(node, 'end', rank) - intAttribute(node, 'start', 0)] }]
  },
}

/** The numbers from a start to before an end: how many they are depends on values. */
export const Range: Operator = { shape: () => null }
