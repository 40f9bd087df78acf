import { addToPrefix } from '../../shared/engine/families/key-values.ts'
import type { ModelSizes } from '../../shared/formats/model-card.ts'
import type { StoredPrompt } from '../../shared/formats/peft.ts'
import { float32, floatOutput, type Tensors } from '../../shared/tensor.ts'
import type { Backward, Step, StepRow } from './step.ts'
import { gradientName } from './training-graph.ts'

/** What the rows of a step have given so far, summed: a row more takes no more memory. */
export class StepSum implements Backward {
  loss = 0
  readonly fed: StoredPrompt | null
  readonly learned: Record<string, Float32Array> = {}

  constructor({ prompt: { fed } }: Step) {
    this.fed = fed && zerosLike(fed)
  }

  /** Adds the gradients of row b of a batch; `place` is where its prompt's virtual tokens begin in the batch's table. */
  add(
    row: StepRow,
    b: number,
    outputs: Tensors,
    {
      losses,
      learned,
      moved,
      place,
      sizes,
    }: { losses: string; learned: readonly string[]; moved: readonly string[]; place: number; sizes: ModelSizes },
  ): void {
    this.loss += row.weight * (floatOutput(outputs, losses).data[b] as number)
    for (const name of learned) {
      const { data, dims } = floatOutput(outputs, gradientName(name))
      const own = row.feeds[name]?.data.length ?? 0 // the rest is of the zeros behind it
      this.learned[name] ??= new Float32Array(own)
      addTo(this.learned[name], data, (b * data.length) / (dims[0] as number))
    }
    const names = moved.map(gradientName)
    if (this.fed?.kind === 'prefix') addToPrefix(this.fed.prefix, outputs, names, sizes, b)
    if (this.fed?.kind === 'table') addTo(this.fed.table.data, floatOutput(outputs, names[0] as string).data, place * sizes.hidden)
  }
}

function zerosLike(fed: StoredPrompt): StoredPrompt {
  if (fed.kind === 'table') return { kind: 'table', table: float32(fed.table.dims) }
  return { kind: 'prefix', prefix: { length: fed.prefix.length, keyValues: new Float32Array(fed.prefix.keyValues.length) } }
}

function addTo(sum: Float32Array, values: Float32Array, from: number): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (values[from + i] as number)
}
