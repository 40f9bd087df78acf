/** What answering only from a confidence on comes to. */
interface RiskCoveragePoint {
  /** The least confidence that is answered: the probability of the answer. */
  readonly threshold: number
  /** The share of the rows that are answered. */
  readonly coverage: number
  /** The share of those answered that is wrong. */
  readonly risk: number
}

/** How wrong the answers are that are given, as fewer or more of them are. */
export interface RiskCoverage {
  /** A point for each threshold that tells rows apart, the highest first, so coverage rises and ends at 1; no more than `maxPoints` are kept. */
  readonly points: RiskCoveragePoint[]
  /** The area under the whole curve, which is a step at each row: the lower the better; 0 where every answer is right. */
  readonly area: number
}

/** As many as a picture shows. */
const maxPoints = 200

/**
 * The risk–coverage curve of N ≥ 1 answers: their `confidences` [N], and whether each is `right` [N]. Rows of one confidence are answered
 * together or not at all. El-Yaniv and Wiener 2010; the area as Geifman et al. 2019 take it.
 */
export function riskCoverage(confidences: readonly number[], right: readonly boolean[]): RiskCoverage {
  const N = confidences.length
  const order = confidences.map((_, row) => row).sort((a, b) => (confidences[b] as number) - (confidences[a] as number))
  const points: RiskCoveragePoint[] = []
  let [answered, wrong, area] = [0, 0, 0]
  while (answered < N) {
    const threshold = confidences[order[answered] as number] as number
    const before = answered
    for (; answered < N && confidences[order[answered] as number] === threshold; answered++) if (!right[order[answered] as number]) wrong++
    const risk = wrong / answered
    area += risk * (answered - before)
    points.push({ threshold, coverage: answered / N, risk })
  }
  return { points: thinned(points), area: area / N }
}

/** The first, the last, and of the others as many as are kept, evenly. */
function thinned(points: RiskCoveragePoint[]): RiskCoveragePoint[] {
  if (points.length <= maxPoints) return points
  const apart = (points.length - 1) / (maxPoints - 1)
  return Array.from({ length: maxPoints }, (_, i) => points[Math.round(i * apart)] as RiskCoveragePoint)
}
