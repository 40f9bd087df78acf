import { broadcasting, reduceTo } from './broadcasting.ts'
import { likeFirstInput } from './like.ts'
import type { Builder, Operator } from './operator.ts'

/** x · y, broadcast. */
export function mul(b: Builder, x: string, y: string): string {
  return b.add('Mul', [x, y])
}

export const Add: Operator = {
  shape: broadcasting,
  gradient: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, g, x), () => reduceTo(b, g, y)],
}

export const Sub: Operator = {
  shape: broadcasting,
  gradient: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, g, x), () => reduceTo(b, b.add('Neg', [g]), y)],
}

export const Mul: Operator = {
  shape: broadcasting,
  gradient: ({ inputs: [x = '', y = ''] }, [g = ''], b) => [() => reduceTo(b, mul(b, g, y), x), () => reduceTo(b, mul(b, g, x), y)],
}

export const Neg: Operator = {
  shape: likeFirstInput,
  gradient: (_, [g = ''], b) => [() => b.add('Neg', [g])],
}

export const Div: Operator = { shape: broadcasting }
export const Min: Operator = { shape: broadcasting }
export const Max: Operator = { shape: broadcasting }
export const Identity: Operator = { shape: likeFirstInput }
export const Abs: Operator = { shape: likeFirstInput }
export const Exp: Operator = { shape: likeFirstInput }
export const Log: Operator = { shape: likeFirstInput }
export const Sqrt: Operator = { shape: likeFirstInput }
export const Reciprocal: Operator = { shape: likeFirstInput }
export const Sigmoid: Operator = { shape: likeFirstInput }
