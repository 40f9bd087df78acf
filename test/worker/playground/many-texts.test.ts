import { expect, test } from 'vitest'
import { classifyMany } from '../../../worker/playground/many-texts.ts'
import type { Asked, Place, TaskResult } from '../../../worker/playground/place.ts'
import { ServiceError } from '../../../worker/playground/service-error.ts'

const asked = Array.from({ length: 150 }, (_, n): Asked => ({ task: 'tone', text: String(n) }))
const never = new AbortController().signal

/** A place that answers with the text as the label, after `before` has had its say. */
function placeThat(before: (call: readonly Asked[]) => void): Place {
  return {
    async classify(call) {
      await Promise.resolve()
      before(call)
      const results = call.map(
        ({ task, text }): TaskResult => ({ task, label: text, probability: 1, probabilities: { [text]: 1 }, truncated: false, tokens: 1 }),
      )
      return { results, time: [] }
    },
  }
}

async function labels(place: Place, signal = never): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = new Array(asked.length).fill(undefined)
  const keep = (from: number, results: readonly TaskResult[]) =>
    void found.splice(from, results.length, ...results.map(({ label }) => label ?? undefined))
  await classifyMany(place, asked, keep, signal)
  return found
}

test('each answer stands in its text’s place, two calls at a time', async () => {
  const sizes: number[] = []
  expect(await labels(placeThat((call) => sizes.push(call.length)))).toEqual(asked.map(({ text }) => text))
  expect(sizes).toEqual([64, 64, 22])
})

test('a service that takes less in a call gets less', async () => {
  const place = placeThat((call) => {
    if (call.length > 10) throw new ServiceError('too_large', 'at most 10')
  })
  expect(await labels(place)).toEqual(asked.map(({ text }) => text))
})

test('a text too large by itself, and any other refusal, ends it', async () => {
  const tooLarge = placeThat((call) => {
    if (call.some(({ text }) => text === '70')) throw new ServiceError('too_large', `${call.length} of them`)
  })
  await expect(labels(tooLarge)).rejects.toThrow('1 of them')
  let calls = 0
  const gone = placeThat(() => {
    calls++
    throw new ServiceError('unknown_task', 'gone')
  })
  await expect(labels(gone)).rejects.toThrow('gone')
  expect(calls).toBeLessThanOrEqual(2)
})

test('a busy service is asked again', async () => {
  let refused = 0
  const place = placeThat(() => {
    if (refused++ < 3) throw new ServiceError('overloaded', 'busy', 0.001)
  })
  expect(await labels(place)).toEqual(asked.map(({ text }) => text))
})

test('who stops it gets no more', async () => {
  const call = new AbortController()
  const place = placeThat(() => call.abort(new Error('enough')))
  await expect(labels(place, call.signal)).rejects.toThrow('enough')
})
