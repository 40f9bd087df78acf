import { describe, expect, test } from 'vitest'
import { betterText, comparedText, comparisonText } from '../../../../trainer/evaluate/report/comparison.ts'

test('an accuracy stands beside those of the baselines, each with its interval', () => {
  const text = comparedText({ accuracy: 0.9, majority: 0.25 }, { zeroShot: 0.5, probe: 0.875 }, 200)
  expect(text).toBe(
    'accuracy 0.900 (0.851–0.934), linear probe 0.875 (0.822–0.914), zero-shot 0.500 (0.431–0.569), always the most frequent label 0.250 (in brackets the 95 % intervals)',
  )
  expect(comparedText({ accuracy: 0.9, majority: 0.25 }, { zeroShot: 0.5 }, 200)).not.toContain('probe')
})

describe('whether the prompt beats the probe is said in a sentence', () => {
  test.each([
    [
      { difference: 0.06, low: 0.01, high: 0.11 },
      'The soft prompt beats the linear probe by 6.0 points of accuracy (95 % interval 1.0 to 11.0).',
    ],
    [
      { difference: 0.02, low: -0.01, high: 0.05 },
      'The soft prompt does not beat the linear probe by more than chance: 2.0 points of accuracy (95 % interval -1.0 to 5.0).',
    ],
    [
      { difference: -0.06, low: -0.11, high: -0.01 },
      'The linear probe beats the soft prompt by 6.0 points of accuracy (95 % interval 1.0 to 11.0): prefer it, with --method probe.',
    ],
    [
      { difference: 0, low: 0, high: 0 },
      'The soft prompt does not beat the linear probe by more than chance: 0.0 points of accuracy (95 % interval 0.0 to 0.0).',
    ],
  ])('%j', (comparison, sentence) => {
    expect(comparisonText({ metric: 'accuracy', ...comparison })).toBe(sentence)
  })
})

test('which figure the difference is of is said', () => {
  expect(comparisonText({ metric: 'microF1', difference: 0.06, low: 0.01, high: 0.11 })).toBe(
    'The soft prompt beats the linear probe by 6.0 points of micro-F1 (95 % interval 1.0 to 11.0).',
  )
})

describe('which of two is better is said in a sentence, and whether that is chance', () => {
  const at = (difference: number, half: number) => ({
    metric: 'accuracy' as const,
    difference,
    low: difference - half,
    high: difference + half,
  })
  test.each([
    [at(0.06, 0.05), 0.0123, 'A is better than B, by 6.0 points of accuracy (95 % interval 1.0 to 11.0). That is more than chance: exact McNemar test, p = 0.012.'], // biome-ignore format: a row
    [at(-0.06, 0.05), 1e-7, 'B is better than A, by 6.0 points of accuracy (95 % interval 1.0 to 11.0). That is more than chance: exact McNemar test, p < 0.001.'], // biome-ignore format: a row
    [at(-0.02, 0.05), 0.4, 'B is ahead of A by 2.0 points of accuracy (95 % interval -3.0 to 7.0), but that may be chance: exact McNemar test, p = 0.400.'], // biome-ignore format: a row
    [{ ...at(0.06, 0.05), metric: 'answeredRightly' as const }, 0.0123, 'A answers more texts rightly than B, by 6.0 points (95 % interval 1.0 to 11.0). That is more than chance: exact McNemar test, p = 0.012.'], // biome-ignore format: a row
    [{ ...at(-0.02, 0.05), metric: 'answeredRightly' as const }, 0.4, 'B answers more texts rightly than A, by 2.0 points (95 % interval -3.0 to 7.0), but that may be chance: exact McNemar test, p = 0.400.'], // biome-ignore format: a row
    [at(0, 0.05), 1, 'A and B are right equally often: a difference of 0.0 points of accuracy (95 % interval -5.0 to 5.0); exact McNemar test, p = 1.000.'], // biome-ignore format: a row
  ])('%j', (difference, p, sentence) => {
    expect(betterText('A', 'B', { difference, p })).toBe(sentence)
  })
})
