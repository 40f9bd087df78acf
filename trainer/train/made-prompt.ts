import type { StoredPrompt } from '../../shared/formats/peft.ts'
import { float32 } from '../../shared/tensor.ts'
import type { Tensor, TensorFlow, Variable } from '../tensorflow.ts'
import type { Method } from './methods/method.ts'
import type { Parameters } from './parameters.ts'

/** What a method makes of its variables' values, as a package stores it. */
export function madeOf(tf: TensorFlow, method: Method, values: Parameters): StoredPrompt {
  // tidy looks for tensors in all that it gives back, number by number: it gives the tensor, and the numbers are read behind it
  const combined = tf.tidy(() => {
    const tensors = Object.entries(values).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])] as const)
    return method.combine(Object.fromEntries(tensors), tf)
  })
  const { shape } = combined // [P, H], or [2L, kv heads, P, head size]
  const made = Float32Array.from(combined.dataSync())
  combined.dispose()
  if (method.kind === 'table') return { kind: 'table', table: float32(shape, made) }
  return { kind: 'prefix', prefix: { length: shape[2] as number, keyValues: made } }
}

/** d loss / d variables, from d loss / d what the method makes of them. */
export function pullThrough(
  tf: TensorFlow,
  method: Method,
  variables: Readonly<Record<string, Variable>>,
  gradient: Float32Array,
): Record<string, Tensor> {
  const names = Object.keys(variables)
  // a method may give a variable itself back: its copy is what the walk back begins at
  const combine = (...tensors: Tensor[]) =>
    tf.clone(method.combine(Object.fromEntries(names.map((name, i) => [name, tensors[i] as Tensor])), tf))
  return tf.tidy(() => {
    const { shape } = method.combine(variables, tf)
    const gradients = tf.grads(combine)(Object.values(variables), tf.tensor(gradient, shape))
    return Object.fromEntries(names.map((name, i) => [name, gradients[i] as Tensor]))
  })
}
