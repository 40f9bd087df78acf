import { describe, expect, test } from 'vitest'
import { comparedText, comparisonText } from '../../../../trainer/evaluate/report/comparison.ts'

test('an accuracy stands beside those of the baselines, each with its interval', () => {
  const text = comparedText({ accuracy: 0.9, majority: 0.25 }, { zeroShot: 0.5, probe: 0.875 }, 200)
  expect(text).toBe(
    'accuracy 0.900 (0.851–0.934), linear probe 0.875 (0.822–0.914), zero-shot 0.500 (0.431–0.569), always the most frequent label 0.250 (in brackets the 95 % intervals)',
  )
  expect(comparedText({ accuracy: 0.9, majority: 0.25 }, { zeroShot: 0.5 }, 200)).not.toContain('probe')
})

describe('whether the prompt beats the probe is said in a sentence', () => {
  test.each([
    [{ difference: 0.06, low: 0.01, high: 0.11 }, 'The soft prompt beats the linear probe by 6.0 points (95 % interval 1.0 to 11.0).'],
    [
      { difference: 0.02, low: -0.01, high: 0.05 },
      'The soft prompt does not beat the linear probe by more than chance: 2.0 points (95 % interval -1.0 to 5.0).',
    ],
    [
      { difference: -0.06, low: -0.11, high: -0.01 },
      'The linear probe beats the soft prompt by 6.0 points (95 % interval 1.0 to 11.0): prefer it, with --method probe.',
    ],
    [
      { difference: 0, low: 0, high: 0 },
      'The soft prompt does not beat the linear probe by more than chance: 0.0 points (95 % interval 0.0 to 0.0).',
    ],
  ])('%j', (comparison, sentence) => {
    expect(comparisonText(comparison)).toBe(sentence)
  })
})
