import { describe, expect, test } from 'vitest'
import { Prompt } from '../../../shared/engine/prompt.ts'
import { parsePromptCard } from '../../../shared/formats/prompt-package.ts'
import type { Dataset } from '../../../trainer/data/dataset.ts'
import type { LearnedPackage } from '../../../trainer/train/learned-package.ts'
import { kindsJob } from '../../fixtures/kinds-job.ts'

const { cardOf, dataset, dev, run, shipped, train } = await kindsJob()

describe('several labels a text', () => {
  const several = ({ file, examples }: Dataset): Dataset =>
    dataset(
      file,
      examples.flatMap(({ text, label }, n) => {
        const other = examples[(n * 5 + 1) % examples.length]!
        return [
          { text, label, labels: [label] },
          { text: `${text} . ${other.text}`, label: 'both', labels: [...new Set([label, other.label])].sort() },
          ...(n % 8 === 0 ? [{ text: `Nothing number ${n} here`, label: '(none)', labels: [] }] : []),
        ]
      }),
    )
  const given = { train: several(train), dev: several(dev), model: shipped }

  test('are learned where the examples have lists, each with its own threshold', async () => {
    const ran = await run({ virtualTokens: 8, steps: 60, evaluateEvery: 20, probe: true }, given)
    const { metrics, labels, abstaining } = ran.result
    expect(labels).toEqual(['animal', 'place'])
    expect(metrics.microF1).toBeGreaterThan(0.85)
    expect(metrics.confusion).toBeNull()
    expect(metrics.microF1).toBeGreaterThanOrEqual(ran.result.baselines.probe!.microF1)
    expect(abstaining).toBeNull()
    const prompt = await Prompt.load(ran.result.files, 'it', shipped.frozen)
    expect(prompt.card).toMatchObject({ answer: { type: 'sigmoid', version: 1 }, settings: { objective: 'multilabel' } })
    const row = prompt.row('We talked of cat again . We talked of Paris again')
    const answer = prompt.answer(row, (await shipped.frozen.hidden([row], [prompt.ready]))[0]!)
    const reached = labels.filter((label, c) => answer.probabilities[label]! >= prompt.rule.thresholds![c]!)
    expect(answer.labels?.toSorted()).toEqual(reached)
    expect(answer.label).toBe(answer.labels?.[0])
  })

  test('are refused by the objective of one', async () => {
    await expect(run({ objective: 'classification' }, given)).rejects.toThrow(
      'Cannot learn from train.jsonl with objective classification: its examples have lists of labels.',
    )
  })

  test('may be learned of examples that have one each', async () => {
    const { result } = await run({ objective: 'multilabel' })
    expect(result.metrics.confusion).toBeNull()
    expect(parsePromptCard(result.files['prompt.json'], 'it').answer.type).toBe('sigmoid')
  })
})

describe('examples whose labels are known by probabilities', () => {
  const soft = (sure: number) =>
    dataset(
      `soft-${sure}.jsonl`,
      train.examples.map(({ text, label }) => ({
        text,
        label,
        probabilities: { animal: label === 'animal' ? sure : 1 - sure, place: label === 'place' ? sure : 1 - sure },
      })),
    )

  test('are learned as they are, by the probe as well', async () => {
    const settings = { virtualTokens: 8, steps: 30, evaluateEvery: 30, probe: true }
    const [sure, hard] = [await run(settings, { model: shipped, train: soft(1) }), await run(settings, { model: shipped })]
    expect(sure.result.metrics).toEqual(hard.result.metrics) // probabilities of 1 and 0 are labels
    const doubtful = await run(settings, { model: shipped, train: soft(0.6) })
    const margins = ({ result }: { result: LearnedPackage }) =>
      cardOf({ result }).selfTest.reduce((sum, { scores }) => sum + Math.abs(scores.int8![0]! - scores.int8![1]!), 0)
    expect(margins(doubtful)).toBeLessThan(margins(sure)) // it learned to doubt
    expect(doubtful.result.metrics.accuracy).toBeGreaterThan(0.7)
  })
})

test('probabilities of which one label is right are not learned as several labels', async () => {
  const soft = dataset('soft.jsonl', train.examples.map((each) => ({ ...each, probabilities: { [each.label]: 1 } }))) // biome-ignore format: one call
  await expect(run({ objective: 'multilabel' }, { train: soft })).rejects.toThrow(/say how likely each label is, of which one is right/)
})
