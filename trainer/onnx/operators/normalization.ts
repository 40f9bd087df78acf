import { int } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { reduceTo } from './broadcasting.ts'
import type { Operator } from './operator.ts'

/**
 * RMSNorm: x [.., H], w [H] → y = x · r · w [.., H] and r = 1 / √(mean(x²) + ε) [.., 1], which helps the gradient:
 * dx = r · (g·w − x · r² · mean(g·w·x)).
 */
export const SimplifiedLayerNormalization: Operator = {
  helperOutputs: 1,
  shape: (_, { input }) => {
    const { type, shape } = input(0)
    return [
      { type, shape },
      { type, shape: [...shape.slice(0, -1), 1] },
    ]
  },
  gradient: ({ inputs: [x = '', w = ''], outputs: [, r = ''] }, [g = ''], b) => {
    const axis = b.rankOf(x) - 1
    return [
      () => {
        const gw = mul(b, g, w)
        const mean = b.add('ReduceMean', [mul(b, gw, x), b.integers([axis])], { attributes: { keepdims: int(1) } })
        return mul(b, r, b.add('Sub', [gw, mul(b, x, mul(b, mul(b, r, r), mean))]))
      },
      () => reduceTo(b, mul(b, g, mul(b, x, r)), w),
    ]
  },
}
