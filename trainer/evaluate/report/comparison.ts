import type { ComparedAnswers } from '../compared-answers.ts'
import type { ComparedFigure, Comparison } from '../compared-figures.ts'
import { shareInterval } from '../interval.ts'
import * as metrics from '../metrics/table.ts'
import type { MetricValues } from '../metrics.ts'

/** What the same rows give without a prompt: accuracies. */
interface Baselines {
  readonly zeroShot: number
  readonly probe?: number
}

/** An accuracy on n rows beside those of the baselines, each with its 95 % interval. */
export function comparedText(
  { accuracy, majority }: Pick<MetricValues, 'accuracy' | 'majority'>,
  { zeroShot, probe }: Baselines,
  n: number,
): string {
  const parts = [
    `accuracy ${shareText(accuracy, n)}`,
    ...(probe === undefined ? [] : [`linear probe ${shareText(probe, n)}`]),
    `zero-shot ${shareText(zeroShot, n)}`,
    `always the most frequent label ${majority.toFixed(3)}`,
  ]
  return `${parts.join(', ')} (in brackets the 95 % intervals)`
}

/** A share and its 95 % interval on n rows: `0.933 (0.905–0.953)`. */
function shareText(share: number, n: number): string {
  const { low, high } = shareInterval(share, n)
  return `${share.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`
}

/** What the comparison of a prompt with the linear probe says, in a sentence. */
export function comparisonText(comparison: Comparison): string {
  const range = rangeText(comparison)
  if (comparison.low > 0) return `The soft prompt beats the linear probe by ${range}.`
  if (comparison.high < 0)
    return `The linear probe beats the soft prompt by ${rangeText(reversed(comparison))}: prefer it, with --method probe.`
  return `The soft prompt does not beat the linear probe by more than chance: ${range}.`
}

/** What the comparison of a package with zero-shot says, where the package is not surely better; else nothing. */
export function zeroShotText(comparison: Comparison): string[] {
  if (comparison.low > 0) return []
  if (comparison.high < 0) return [`Zero-shot, the model without a prompt, beats it by ${rangeText(reversed(comparison))}.`]
  return [`It does not beat zero-shot, the model without a prompt, by more than chance: ${rangeText(comparison)}.`]
}

/** `2.0 points of accuracy (95 % interval -1.0 to 5.0)` */
function rangeText({ metric, difference, low, high }: Comparison<ComparedFigure | 'answeredRightly'>): string {
  const figure = metric === 'answeredRightly' ? '' : ` of ${metrics[metric].label}`
  return `${points(difference)} points${figure} (95 % interval ${points(low)} to ${points(high)})`
}

function points(share: number): string {
  return (100 * share).toFixed(1)
}

/** Which of two is better on the same rows, and whether that is more than chance, in a sentence. */
export function betterText(a: string, b: string, { difference, p }: Pick<ComparedAnswers, 'difference' | 'p'>): string {
  const [better, other, ahead] = difference.difference < 0 ? [b, a, reversed(difference)] : [a, b, difference]
  const range = rangeText(ahead)
  const test = `exact McNemar test, ${p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`}`
  if (ahead.difference === 0) return `${a} and ${b} are right equally often: a difference of ${range}; ${test}.`
  const more = difference.metric === 'answeredRightly' ? 'answers more texts rightly than' : null // who withholds answers is not worse for it
  if (p < 0.05) return `${better} ${more ?? 'is better than'} ${other}, by ${range}. That is more than chance: ${test}.`
  return `${better} ${more === null ? `is ahead of ${other}` : `${more} ${other},`} by ${range}, but that may be chance: ${test}.`
}

/** By how much one of two is ahead in a figure, without a test of it, in a sentence. */
export function aheadText(a: string, b: string, comparison: Comparison): string {
  const [better, other, ahead] = comparison.difference < 0 ? [b, a, reversed(comparison)] : [a, b, comparison]
  return ahead.difference === 0
    ? `${a} and ${b} are even: a difference of ${rangeText(ahead)}.`
    : `${better} is ahead of ${other} by ${rangeText(ahead)}.`
}

function reversed<Figure extends string>({ metric, difference, low, high }: Comparison<Figure>): Comparison<Figure> {
  return { metric, difference: -difference, low: -high, high: -low }
}
