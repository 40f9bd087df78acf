import { seededRandom, shuffled } from '../random.ts'

/** So many batches are sorted by length together: rows of one batch are then about as long, and batches still differ by chance. */
const bucketBatches = 16

/**
 * The endless order of batches over `lengths.length` examples: each epoch a new one, from the seed and the epoch alone.
 * Gives for step 0, 1, … the indexes of that step's examples.
 */
export function batchOrder(lengths: readonly number[], batchSize: number, seed: number): (step: number) => readonly number[] {
  const batchesPerEpoch = Math.ceil(lengths.length / batchSize)
  let current = -1
  let order: number[][] = []
  return (step) => {
    const epoch = Math.floor(step / batchesPerEpoch)
    if (epoch !== current) {
      order = epochOrder(lengths, batchSize, seededRandom(seed, epoch))
      current = epoch
    }
    return order[step % batchesPerEpoch] as number[]
  }
}

/** Indexes in batches of rows about as long, for evaluation: every example once. */
export function lengthBatches(lengths: readonly number[], batchSize: number): number[][] {
  return cut(
    lengths.map((_, i) => i).sort((a, b) => (lengths[a] as number) - (lengths[b] as number)),
    batchSize,
  )
}

function epochOrder(lengths: readonly number[], batchSize: number, random: () => number): number[][] {
  const mixed = shuffled(Array.from(lengths.keys()), random)
  const buckets = cut(mixed, batchSize * bucketBatches)
  const batches = buckets.flatMap((bucket) => {
    bucket.sort((a, b) => (lengths[a] as number) - (lengths[b] as number))
    return cut(bucket, batchSize)
  })
  return shuffled(batches, random)
}

function cut(items: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
