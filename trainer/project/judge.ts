import { namesOf } from '../../shared/names-of.ts'
import { devFigures, measuredFigures } from './figures.ts'
import type { TaskPackage } from './plan.ts'
import type { PlannedTask } from './project-tasks.ts'

/** A figure that a package does not reach. */
interface Miss {
  readonly metric: string
  readonly wanted: number
  /** Null where it was not measured. */
  readonly found: number | null
}

/** Where a package falls short of what its task wants, for people: on test, where the task has one, else on dev. Null where it does not. */
export function shortfall(task: PlannedTask, found: TaskPackage): string | null {
  const missed = misses(task, found)
  return missed.length === 0 ? null : missed.map((miss) => missText(miss, task.test === null ? 'dev' : 'test')).join('; ')
}

function misses({ minimum, test }: PlannedTask, { card, measurement }: TaskPackage): Miss[] {
  const values = test === null ? devFigures(card) : measurement === null ? {} : measuredFigures(measurement.evaluation)
  return namesOf(minimum).flatMap((metric) => {
    const [wanted = 0, found = null] = [minimum[metric], values[metric]]
    return found !== null && found >= wanted ? [] : [{ metric, wanted, found }]
  })
}

function missText({ metric, wanted, found }: Miss, on: 'dev' | 'test'): string {
  return found === null ? `${metric} was not measured on ${on}` : `${metric} ${below(found, wanted)} on ${on} is below ${wanted}`
}

/** A figure with as many digits, three at least, as show that it is below another. */
function below(found: number, wanted: number): string {
  for (let digits = 3; digits < 16; digits++) if (Number(found.toFixed(digits)) < wanted) return found.toFixed(digits)
  return String(found)
}
