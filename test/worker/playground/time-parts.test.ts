import { expect, test } from 'vitest'
import { timeParts } from '../../../worker/playground/time-parts.ts'

test('what the service names, and the rest for the way', () => {
  expect(timeParts('wait;dur=1.5, model;dur=20', 30)).toEqual([
    { name: 'wait', ms: 1.5 },
    { name: 'model', ms: 20 },
    { name: 'network', ms: 8.5 },
  ])
})

test('entries of others are left out, and no part is negative', () => {
  expect(timeParts('cdn-cache; desc=HIT, edge;dur=40', 30)).toEqual([
    { name: 'edge', ms: 40 },
    { name: 'network', ms: 0 },
  ])
  expect(timeParts('', 12)).toEqual([{ name: 'network', ms: 12 }])
})
