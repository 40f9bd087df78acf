import { roundUp } from '../../shared/engine/families/padding.ts'
import { elementCount, type FloatTensor, float32, type Tensors } from '../../shared/tensor.ts'
import { batchSize, type Capacity } from '../side-by-side.ts'
import type { Step, StepRow } from './step.ts'

/** A row of a batch, and the step that asked for it. */
export interface BatchRow<Asked extends Step = Step> {
  readonly row: StepRow
  readonly step: Asked
}

/**
 * The rows of several steps in batches: rows about as long, whichever step they are of, and such as one graph computes. The rows of a step
 * come in one order whatever else there is, so that their sums are the same bit for bit.
 */
export function mixedBatches<Asked extends Step>(steps: readonly Asked[], capacity: Capacity): BatchRow<Asked>[][] {
  const groups = new Map<string, BatchRow<Asked>[]>()
  for (const step of steps) {
    for (const row of step.rows) {
      const key = `${graphKey(step)} ${row.positions?.length}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [{ row, step }])
      else group.push({ row, step })
    }
  }
  return [...groups.values()].flatMap((rows) => {
    rows.sort((a, b) => a.row.inputIds.length - b.row.inputIds.length)
    const size = batchSize(rows.length, capacity)
    return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
  })
}

/** The name of the graph that computes a step. */
export function graphKey({ prompt, loss }: Step): string {
  return `${prompt.fed?.kind} ${loss.key}`
}

/** The rows' feeds one under another, [B, …] each. Where they differ in the length of their first axis, that is rounded up, as lengths of texts are. */
export function stackFeeds(rows: readonly StepRow[]): Tensors {
  const names = Object.keys(rows[0]?.feeds ?? {})
  return Object.fromEntries(names.map((name) => [name, stack(rows.map(({ feeds }) => feeds[name] as FloatTensor))]))
}

function stack(tensors: readonly FloatTensor[]): FloatTensor {
  const rest = tensors[0]?.dims.slice(1) ?? []
  const length = roundUp(Math.max(...tensors.map(({ dims }) => dims[0] ?? 1)))
  const stacked = float32([tensors.length, length, ...rest])
  tensors.forEach(({ data }, b) => {
    stacked.data.set(data, b * length * elementCount(rest))
  })
  return stacked
}
