/** For every text of a task, how much more often one contender is right than another: a mean over the seeds. */
export type TextDifferences = readonly number[]

/** What the texts of a task say, from what each seed's run of both contenders got right. */
export function textDifferences(
  runs: readonly { readonly right: readonly boolean[]; readonly over: readonly boolean[] }[],
): TextDifferences {
  const [first] = runs
  return (first?.right ?? []).map((_, i) => mean(runs.map(({ right, over }) => Number(right[i]) - Number(over[i]))))
}

/** The mean over tasks with its 95 % interval: of texts drawn anew, the tasks as they are. */
export function meanDifference(tasks: readonly TextDifferences[]) {
  const variance = (values: TextDifferences) => {
    const middle = mean(values)
    return mean(values.map((value) => (value - middle) ** 2)) / values.length
  }
  const half = (1.96 * Math.sqrt(tasks.reduce((sum, task) => sum + variance(task), 0))) / tasks.length
  const middle = mean(tasks.map(mean))
  return { mean: middle, interval: [middle - half, middle + half] as const }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
