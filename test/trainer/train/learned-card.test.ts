import { describe, expect, test } from 'vitest'
import { readAnswer } from '../../../shared/engine/heads/read-answer.ts'
import { PromptCard } from '../../../shared/formats/prompt-card.ts'
import { float32 } from '../../../shared/tensor.ts'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import type { Abstaining } from '../../../trainer/evaluate/choose-thresholds.ts'
import { shareInterval } from '../../../trainer/evaluate/interval.ts'
import { metricsOf, valuesOf } from '../../../trainer/evaluate/metrics.ts'
import { predictionsOf } from '../../../trainer/evaluate/predictions.ts'
import { llama } from '../../../trainer/import/architectures/llama.ts'
import { learnedCard } from '../../../trainer/train/learned-card.ts'
import { settingsFor } from '../../../trainer/train/settings.ts'
import { twoLabels } from '../../fixtures/random-prompt.ts'
import { softmaxReading } from '../../fixtures/softmax-reading.ts'
import { writtenCard } from '../../fixtures/written-card.ts'

const model = writtenCard()
const dataset = (digit: string, texts: readonly string[]): Dataset => ({
  file: `${digit}.jsonl`,
  sha256: digit.repeat(64),
  examples: texts.map((text) => ({ text, label: 'good' })),
})

/** The card of what was learned with a dev of `texts`, the nth of which has the scores [n, 1 − n]. */
function cardOf(texts: readonly string[], abstaining: Abstaining | null = null, probe: Parameters<typeof learnedCard>[0]['probe'] = null) {
  const answer = { type: 'softmax', version: 1, temperature: 1.5 }
  const settings = settingsFor({ virtualTokens: 3, learningRate: 0.01 }, 2, llama.defaults)
  const scores = texts.map((_, n) => Float64Array.of(n, 1 - n))
  const metrics = metricsOf(scores, Array(texts.length).fill(0), 2, softmaxReading(1.5))
  const card = learnedCard({
    ...{ task: 'spam', settings, model, labels: twoLabels, steps: 6, probe },
    ...{ train: dataset('1', ['one', 'two']), dev: dataset('2', texts), baselines: { probe: { accuracy: 0.5 } } },
    chosen: {
      ...{ method: 'prompt', stored: { kind: 'table', table: float32([3, 8]) }, placement: { positionOffset: 3, readout: 'last' } },
      ...{ scores, bestStep: 4, labelRows: new Float32Array(16), bias: new Float32Array(2) },
      ...{
        answer,
        rule: readAnswer(answer, 2, 'x'),
        metrics,
        predictions: predictionsOf(scores, Array(texts.length).fill(0), 2),
        abstaining,
      },
    },
  })
  return { card, settings, metrics }
}

test('says what was learned, how, of what, and how well it does', () => {
  const { card, settings, metrics } = cardOf(['a', 'b', 'c'])
  const figures = valuesOf(metrics)
  const { selfTest: _, ...rest } = card
  expect(rest).toEqual({
    task: 'spam',
    kind: 'table', // what is stored, whatever the method
    method: 'prompt', // of what is packaged, whatever was asked for
    virtualTokens: 3,
    positionOffset: 3,
    readout: 'last',
    answer: { type: 'softmax', version: 1, temperature: 1.5 },
    base: { hash: model.baseHash, name: 'small', weights: 'int8', graphVersion: 3 },
    labels: twoLabels,
    template: '{text} It was',
    maxTokens: settings.maxTokens,
    settings,
    training: { steps: 6, bestStep: 4 },
    data: { train: { examples: 2, sha256: '1'.repeat(64) }, dev: { examples: 3, sha256: '2'.repeat(64) } },
    metrics: figures,
    baselines: { probe: { accuracy: 0.5 } },
    accuracyIntervals: { package: shareInterval(figures.accuracy, 3), baselines: { probe: shareInterval(0.5, 3) } },
  })
})

test('is what a package may hold, and reads back from JSON the same', () => {
  const { card } = cardOf(['a', 'b', 'c'])
  const unsealed = PromptCard.omit({ format: true, version: true, files: true }).strict()
  expect(unsealed.parse(JSON.parse(JSON.stringify(card)))).toEqual(card)
})

test('says how much is answered, and how much of that is right, where answers may be withheld', () => {
  expect(cardOf(['a'], { coverage: 0.75, accuracy: 0.9 }).card.metrics).toMatchObject({ coverage: 0.75, answeredAccuracy: 0.9 })
  expect(cardOf(['a'], { coverage: 0, accuracy: null }).card.metrics).not.toHaveProperty('answeredAccuracy')
})

describe('the self-test', () => {
  const testsOf = (texts: readonly string[]) => cardOf(texts).card.selfTest

  test('is the first four texts of dev, with the scores through the weights that were trained through', () => {
    expect(testsOf(['a', 'b', 'c', 'd', 'e'])).toEqual(['a', 'b', 'c', 'd'].map((text, n) => ({ text, scores: { int8: [n, 1 - n] } })))
  })

  test('passes over long texts, each of the others keeping its own scores', () => {
    const [longest, long] = ['x'.repeat(2000), 'y'.repeat(2001)]
    expect(testsOf([long, 'a', long, longest, 'b', 'c', 'd'])).toEqual([
      { text: 'a', scores: { int8: [1, 0] } },
      { text: longest, scores: { int8: [3, -2] } },
      { text: 'b', scores: { int8: [4, -3] } },
      { text: 'c', scores: { int8: [5, -4] } },
    ])
    expect(testsOf([long])).toEqual([])
  })
})

test('says how the probe answers where its thresholds are its own', () => {
  const answering = (answer: PromptCard['answer']) => cardOf(['a'], null, { answer, rule: readAnswer(answer, 2, 'x') }).card.probeAnswer
  const several = { type: 'sigmoid', version: 1, temperature: 2, thresholds: [0.3, 0.6] }
  expect(answering(several)).toEqual(several)
  expect(answering({ type: 'softmax', version: 1, temperature: 2 })).toBeUndefined()
})
