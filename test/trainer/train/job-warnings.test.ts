import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { maxBytes, maxRowTokens } from '../../../shared/formats/limits.ts'
import { DifferentiableModel } from '../../../trainer/autodiff/differentiable-model.ts'
import { openModel } from '../../../trainer/import/open-model.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { kindsJob } from '../../fixtures/kinds-job.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const { dataset, dev, example, run, shipped, warnings } = await kindsJob()

describe('a warning tells', () => {
  test('of a state that something else has computed, and the states after it say what did', async () => {
    const first = await run()
    const state = first.events.flatMap((event) => (event.type === 'state' ? [event.state] : [])).at(-1)!
    expect(warnings(first)).not.toContainEqual(expect.stringContaining('may differ'))
    const resumed = await run({}, { resume: () => ({ ...state, computedBy: '7 threads of something' }) })
    expect(warnings(resumed)).toContainEqual(
      expect.stringMatching(/made by 7 threads of something, and here are 1 threads .*: the result may differ/),
    )
    expect(resumed.result).toEqual(first.result)
    expect(warnings(await run({}, { resume: () => state }))).not.toContainEqual(expect.stringContaining('may differ'))
  })

  test('of an evaluation in which every answer is the same class, each time', async () => {
    const one = dataset('dev.jsonl', [example('We talked of cat again', 'animal')])
    const { events } = await run({ steps: 4, evaluateEvery: 2 }, { dev: one })
    const told = events.flatMap((event, i) => (event.type === 'evaluated' ? [events[i + 1]] : []))
    for (const [i, warning] of told.entries()) {
      const message = expect.stringMatching(
        `^after step ${2 + 2 * i} every answer on dev is "(animal|place)": .*--learning-rate or --method`,
      )
      expect(warning).toEqual({ type: 'warning', message })
    }
    expect(told).toHaveLength(2)
  })

  test('of texts that were cut, in which file and how many', async () => {
    const long = dataset('dev.jsonl', [example('x'.repeat(500), 'animal'), ...dev.examples])
    expect(warnings(await run({}, { dev: long }))).toContain('1 of 17 texts in dev.jsonl were cut to fit --max-tokens')
    expect(warnings(await run()).filter((message) => message.includes('cut to fit'))).toEqual([])
  })

  test('of a model that no Worker holds', async () => {
    const directory = join(temporaryFolder(), 'large')
    await writeSmallModel(directory, { weightBytes: maxBytes.model })
    const large = await DifferentiableModel.open(openModel(directory), { threads: 1 })
    expect(warnings(await run({}, { model: large }))).toContainEqual(
      expect.stringMatching(
        /^model .* does not fit a Worker: it has 58\.\d MB, .*take a smaller model, or answer it from another machine with softprompt serve$/,
      ),
    )
    await large.close()
  })

  test('of rows that the Worker would cut, and of labels that begin alike', async () => {
    expect(warnings(await run({ maxTokens: maxRowTokens + 1, virtualTokens: 4 }, { model: shipped }))).toContainEqual(
      expect.stringContaining('MAX_ROW_TOKENS'),
    )
    expect(warnings(await run({}, { verbalizers: { animal: 'pet' } }))).toContainEqual(
      expect.stringMatching(/labels "animal", "place" begin with the same token/),
    )
  })
})
