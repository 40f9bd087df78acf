import type { Abstaining } from '../choose-thresholds.ts'

/** What thresholds come to on examples, which `of` names: `dev`, or `the texts`. */
export function abstainingText({ coverage, accuracy }: Abstaining, of: string): string {
  if (accuracy === null) return `Under its thresholds 0.0 % of ${of} are answered: every text gets null.`
  return `Under its thresholds ${percent(coverage)} of ${of} are answered, of which ${percent(accuracy)} are right; the others get null.`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
