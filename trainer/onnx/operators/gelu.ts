import { float, type Node } from '../graph.ts'
import { mul } from './arithmetic.ts'
import { likeFirstInput } from './like.ts'
import type { Builder, Operator } from './operator.ts'

/**
 * y = x · Φ(x), Φ the normal distribution's: dy/dx = Φ(x) + x · φ(x). With `approximate` = tanh, Φ is ½ + ½ tanh u with
 * u = √(2/π) · (x + 0.044715 x³). Hendrycks and Gimpel 2016.
 */
export const Gelu: Operator = {
  shape: likeFirstInput,
  gradient: (node, [g = ''], b) => [() => mul(b, g, (isTanh(node) ? tanhSlope : exactSlope)(b, node.inputs[0] as string))],
}

export const HardSigmoid: Operator = { shape: likeFirstInput }
export const Erf: Operator = { shape: likeFirstInput }
export const Tanh: Operator = { shape: likeFirstInput }

function isTanh({ attributes: { approximate } }: Node): boolean {
  return approximate !== undefined && 'text' in approximate && approximate.text === 'tanh'
}

/** With u = x / √2: Φ = ½ + ½ erf u, and x φ = u · exp(−u² − ½ ln π). Few passes, since each reads and writes the widest tensor there is. */
function exactSlope(b: Builder, x: string): string {
  const u = mul(b, x, b.floats(Math.SQRT1_2))
  const half = { alpha: float(0.5), beta: float(0.5) }
  const below = b.add('HardSigmoid', [b.add('Erf', [u])], { attributes: half }) // ½ + ½ erf u lies in [0, 1], so nothing is cut
  const bell = b.add('Exp', [b.add('Sub', [b.floats(-0.5 * Math.log(Math.PI)), mul(b, u, u)])])
  return b.add('Add', [below, mul(b, u, bell)])
}

/** With t = tanh u: ½ (1 + t) + ½ x (1 − t²) du/dx. */
function tanhSlope(b: Builder, x: string): string {
  const [root, cubic] = [Math.sqrt(2 / Math.PI), 0.044715]
  const square = mul(b, x, x)
  const polynomial = (factor: number) => b.add('Add', [mul(b, square, b.floats(root * factor)), b.floats(root)])
  const t = b.add('Tanh', [mul(b, x, polynomial(cubic))])
  const rise = mul(b, mul(b, x, b.add('Sub', [b.floats(1), mul(b, t, t)])), polynomial(3 * cubic))
  return mul(b, b.add('Add', [b.add('Add', [t, rise]), b.floats(1)]), b.floats(0.5))
}
