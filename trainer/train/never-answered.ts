import { excerpt } from '../../shared/error.ts'
import type { Calibrated } from './candidate.ts'

/** What to tell where a wanted precision leaves labels that are never given; null where all may be. */
export function neverAnswered(
  { rule: { several, thresholds } }: Pick<Calibrated, 'rule'>,
  labels: readonly string[],
  precision: number | undefined,
): string | null {
  const never = labels.filter((_, c) => thresholds?.[c] === null)
  if (never.length === 0) return null
  const all = never.length === labels.length
  const which = all ? 'no answer' : `no answer of ${excerpt(never.join(', '), 160)}`
  const comes = all ? `every text will ${several ? 'have no label' : 'be answered null'}` : 'they are never given'
  return `${which} on dev is right as often as a precision of ${precision} asks, however sure it is: ${comes}. Lower the precision, or add examples`
}
