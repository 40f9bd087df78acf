import { expect, test } from 'vitest'
import type { Answer } from '../../../worker/protocol.ts'
import { serverTiming } from '../../../worker/routes/server-timing.ts'

const waited = (waitedMs: number): Answer => ({
  label: 'good',
  probability: 1,
  probabilities: { good: 1 },
  truncated: false,
  tokens: 3,
  batch: { id: 'a-1', rows: 1, tasks: 1, waitedMs },
})

test('the waiting ends when the first text is run', () => {
  expect(serverTiming(50, [waited(30), waited(10)])).toBe('wait;dur=10, model;dur=40')
})

test('two clocks that disagree make nothing negative', () => {
  expect(serverTiming(5, [waited(8)])).toBe('wait;dur=5, model;dur=0')
})
