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
  const { value, grads } = tf.variableGrads(() => {
    const combined = method.combine(variables, tf)
    return tf.sum(tf.mul(combined, tf.tensor(gradient, combined.shape))).asScalar()
  }, Object.values(variables))
  value.dispose()
  return Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, grads[variable.name] as Tensor]))
}
