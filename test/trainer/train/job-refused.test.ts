import { describe, expect, test } from 'vitest'
import { learn } from '../../../trainer/train/job.ts'
import type { GivenSettings } from '../../../trainer/train/settings.ts'
import { kindsJob, type Rest } from '../../fixtures/kinds-job.ts'
import { drain } from '../../fixtures/training.ts'

const { dataset, dev, example, small, train } = await kindsJob()

describe('refused before the first step', () => {
  const refused = async (settings: GivenSettings, rest: Rest, code: string, message: RegExp) => {
    const told: string[] = []
    const { signal } = new AbortController()
    const job = { model: small, task: 'kinds', train, dev, verbalizers: {}, resume: () => null, signal, ...rest }
    const learning = drain(learn({ ...job, settings: { steps: 1, ...settings } }), ({ type }) => void told.push(type))
    await expect(learning).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(told.filter((type) => !['data', 'warning', 'baseline'].includes(type))).toEqual([])
  }

  test('are labels whose fixed rows would be the same, or say nothing', async () => {
    await refused({ head: 'fixed' }, { verbalizers: { animal: 'pet', place: 'pets' } }, 'usage', /would have the same row/)
    await refused({ head: 'fixed', headInit: 'zeros' }, {}, 'usage', /rows of zeros fixed/)
  })

  test('is a label that no card holds', () =>
    refused(
      {},
      { train: dataset('train.jsonl', [...train.examples, example('x', 'a'.repeat(300))]) },
      'invalid_data',
      /Cannot learn with label aaa.*Too big/,
    ))

  test('is a prompt that does not fit the context with the texts', () =>
    refused(
      { virtualTokens: 8, maxTokens: 505 },
      {},
      'usage',
      /8 virtual tokens with --max-tokens 505: the model's context is 512 positions/,
    ))

  test('is a template that leaves no room for a text, as the user’s to mend', () =>
    refused({ maxTokens: 4, template: '{text} and so on' }, {}, 'usage', /Cannot use template/))

  test('is a text to begin from that was not given', () => refused({ init: 'text' }, {}, 'usage', /Add --init-text/))

  test('is a single label, and a word for one that is not there', async () => {
    await refused(
      {},
      { train: dataset('train.jsonl', [example('a', 'x'), example('b', 'x')]) },
      'invalid_data',
      /train\.jsonl: it has only one label/,
    )
    await refused({}, { verbalizers: { planet: 'Mars' } }, 'usage', /no such label/)
  })
})
