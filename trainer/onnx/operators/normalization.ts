import { int } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { reduceTo } from './broadcasting.ts'
import type { Operator } from './operator.ts'
import { requireAttribute } from './require-attribute.ts'

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

/**
 * x [.., H], w and c [H] → y = x̂ · w + c with x̂ = (x − m) · r, the mean m [.., 1] and r = 1 / √(variance + ε) [.., 1], which help the
 * gradient: with d = x − m, dx = r · (g·w − mean(g·w) − d · r² · mean(g·w·d)). Ba et al. 2016.
 */
export const LayerNormalization: Operator = {
  helperOutputs: 2,
  shape: (_, { input }) => {
    const { type, shape } = input(0)
    const row = { type, shape: [...shape.slice(0, -1), 1] }
    return [{ type, shape }, row, row]
  },
  gradient: (node, [g = ''], b) => {
    const { inputs: [x = '', w = '', c = ''], outputs: [, m = '', r = ''] } = node // biome-ignore format: one thought
    requireAttribute(node, 'axis', -1, [-1])
    const mean = (value: string) => b.add('ReduceMean', [value, b.integers([b.rankOf(x) - 1])], { attributes: { keepdims: int(1) } })
    const fromMean = () => b.add('Sub', [x, m])
    return [
      () => {
        const [gw, d] = [mul(b, g, w), fromMean()]
        const along = mul(b, d, mul(b, mul(b, r, r), mean(mul(b, gw, d)))) // [.., 1] but for d
        return mul(b, r, b.add('Sub', [b.add('Sub', [gw, mean(gw)]), along]))
      },
      () => reduceTo(b, mul(b, g, mul(b, fromMean(), r)), w),
      () => reduceTo(b, g, c),
    ]
  },
}
