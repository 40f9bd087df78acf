import type { MetricValues } from '../evaluate/metrics.ts'
import type { Mistake } from '../evaluate/mistakes.ts'
import { type Figures, measuredFigures } from './figures.ts'
import type { JudgedTask } from './judged-tasks.ts'
import type { Project } from './load-project.ts'

/** What became of a project's tasks: what `softprompt train --json` prints of one. */
export interface ProjectResult {
  /** The project file. */
  readonly project: string
  readonly tasks: readonly {
    readonly task: string
    readonly result: JudgedTask['result']
    /** The folder of its package, and the SHA-256 of that's prompt.json; null where there is none. */
    readonly package: string
    readonly prompt: string | null
    readonly seconds: number
    readonly warnings: readonly string[]
    readonly dev: Figures | null
    readonly test: Figures | null
    readonly baselines: { readonly zeroShot?: Partial<MetricValues>; readonly probe?: Partial<MetricValues> } | null
    readonly minimum: Figures
    readonly passed: boolean
    /** Why it did not pass. */
    readonly problem: string | null
    /** Why it was not trained. */
    readonly error: string | null
    readonly verdict: readonly string[] | null
    /** The examples of dev most likely mislabelled, at most five, where it was trained. */
    readonly suspects: readonly Mistake[]
  }[]
  /** Those that did not pass. */
  readonly failed: readonly string[]
}

export function projectResult({ file }: Project, judged: readonly JudgedTask[]): ProjectResult {
  return {
    project: file,
    tasks: judged.map(({ plan: { task }, result, package: made, error, seconds, verdict, suspects, warnings, problem }) => ({
      ...{ task: task.name, result, package: task.out, prompt: made?.id ?? null, seconds, warnings },
      dev: made?.card.metrics ?? null,
      test: made?.measurement ? measuredFigures(made.measurement.evaluation) : null,
      baselines: made?.card.baselines ?? null,
      ...{ minimum: task.minimum, passed: problem === null, problem, error, verdict, suspects },
    })),
    failed: judged.filter(({ problem }) => problem !== null).map(({ plan }) => plan.task.name),
  }
}
