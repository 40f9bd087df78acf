import type { StoredPrompt } from '../../shared/formats/peft.ts'
import { float32 } from '../../shared/tensor.ts'
import { seededRandom } from '../random.ts'

/** Which of a prompt's numbers a step leaves out. */
export interface Dropout {
  /** The prompt without them; what stays is larger by as much, so that its mean stays. Srivastava et al. 2014, scaled while training. */
  thinned(prompt: StoredPrompt): StoredPrompt
  /** d loss / d prompt, from d loss / d thinned prompt. */
  pullback(gradient: Float32Array): Float32Array
}

const nothing: Dropout = { thinned: (prompt) => prompt, pullback: (gradient) => gradient }

/** The dropout of a step: the same for the same `seed` and `step`. `share` of the numbers are left out. */
export function dropoutOf(share: number, seed: number, step: number): Dropout {
  if (share === 0) return nothing
  const factors = (length: number) => {
    const random = seededRandom(seed, 2 + step)
    return Float32Array.from({ length }, () => (random() < share ? 0 : 1 / (1 - share)))
  }
  const times = (values: Float32Array) => {
    const kept = factors(values.length)
    return values.map((value, i) => value * (kept[i] as number))
  }
  return {
    thinned: (prompt) =>
      prompt.kind === 'table'
        ? { kind: 'table', table: float32(prompt.table.dims, times(prompt.table.data)) }
        : { kind: 'prefix', prefix: { ...prompt.prefix, keyValues: times(prompt.prefix.keyValues) } },
    pullback: times,
  }
}
