/**
 * The exact McNemar test, two-sided: how probable it is that two who are equally good differ at least as unevenly as this. `onlyA` rows are
 * right in A alone, `onlyB` in B alone. Of a fair coin thrown once a row, P(as few heads or fewer) · 2, at most 1. McNemar 1947.
 */
export function mcnemarTest(onlyA: number, onlyB: number): number {
  const [few, throws] = [Math.min(onlyA, onlyB), onlyA + onlyB]
  let logarithm = -throws * Math.LN2 // of the probability of no heads; then of one more each time
  let tail = Math.exp(logarithm)
  for (let heads = 1; heads <= few; heads++) {
    logarithm += Math.log((throws - heads + 1) / heads)
    tail += Math.exp(logarithm)
  }
  return Math.min(1, 2 * tail)
}
