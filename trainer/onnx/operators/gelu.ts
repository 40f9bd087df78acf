import type { Node } from '../graph.ts'
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

export const Erf: Operator = { shape: likeFirstInput }
export const Tanh: Operator = { shape: likeFirstInput }

function isTanh({ attributes: { approximate } }: Node): boolean {
  return approximate !== undefined && 'text' in approximate && approximate.text === 'tanh'
}

function exactSlope(b: Builder, x: string): string {
  const half = b.add('Erf', [mul(b, x, b.floats(Math.SQRT1_2))])
  const phi = b.add('Exp', [mul(b, mul(b, x, x), b.floats(-0.5))]) // times √(2π)
  const sum = b.add('Add', [mul(b, half, b.floats(0.5)), b.floats(0.5)])
  return b.add('Add', [sum, mul(b, mul(b, x, b.floats(1 / Math.sqrt(2 * Math.PI))), phi)])
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
