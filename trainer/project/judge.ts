import { namesOf } from '../../shared/names-of.ts'
import type { TaskPackage } from './plan.ts'
import type { PlannedTask } from './project-tasks.ts'

/** A figure that a package does not reach. */
export interface Miss {
  readonly metric: string
  readonly wanted: number
  /** Null where it was not measured. */
  readonly found: number | null
}

/** Where a package falls short of what its task wants: on test, where the task has one, else on dev. */
export function misses({ minimum, test }: PlannedTask, { card, measurement }: TaskPackage): Miss[] {
  const values: Readonly<Record<string, number | undefined>> = test === null ? card.metrics : (measurement?.evaluation.metrics ?? {})
  return namesOf(minimum).flatMap((metric) => {
    const [wanted = 0, found = null] = [minimum[metric], values[metric]]
    return found !== null && found >= wanted ? [] : [{ metric, wanted, found }]
  })
}

/** A miss, for people. */
export function missText({ metric, wanted, found }: Miss, on: 'dev' | 'test'): string {
  return found === null ? `${metric} was not measured on ${on}` : `${metric} ${found.toFixed(3)} on ${on} is below ${wanted}`
}
