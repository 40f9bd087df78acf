import type { PromptCard } from '../../shared/formats/prompt-card.ts'
import { namesOf } from '../../shared/names-of.ts'
import type { EvaluationRecord } from '../evaluate/evaluation.ts'
import * as metrics from '../evaluate/metrics/table.ts'

/** Figures by their names; those that another version wrote may be others. */
export type Figures = Readonly<Record<string, number | undefined>>

/**
 * The figures that a task can be held to: the metrics of which more is better, the share of the texts that get an answer, and how often that is
 * right.
 */
export const judgedFigures = [
  ...namesOf(metrics).filter((name) => metrics[name].better === 'higher' && name !== 'majority'),
  ...(['coverage', 'answeredAccuracy'] as const),
] as const

/** What a package is known to do on dev: what its card says. Every text is answered where the card says nothing else. */
export function devFigures({ metrics }: Pick<PromptCard, 'metrics'>): Figures {
  return { coverage: 1, answeredAccuracy: metrics.accuracy, ...metrics }
}

/** What an evaluation says; every text is answered where it does not say how many are. */
export function measuredFigures({ metrics, abstaining }: Pick<EvaluationRecord, 'metrics' | 'abstaining'>): Figures {
  const { coverage, accuracy } = abstaining ?? { coverage: 1, accuracy: metrics.accuracy }
  return { ...metrics, coverage, ...(accuracy !== null && { answeredAccuracy: accuracy }) }
}
