import { expect, test } from 'vitest'
import { maxRowTokens } from '../../../shared/formats/limits.ts'
import { cutByWorker } from '../../../trainer/data/row-length.ts'

test('rows that the Worker takes whole are nothing to tell of', () => {
  expect(cutByWorker(1)).toBeNull()
  expect(cutByWorker(maxRowTokens)).toBeNull()
})

test('rows that it cuts are told of, with both lengths and what to do', () => {
  expect(cutByWorker(maxRowTokens + 1)).toMatch(
    new RegExp(`up to ${maxRowTokens + 1} tokens here, .* a row has ${maxRowTokens}: raise MAX_ROW_TOKENS .*, or lower --max-tokens`),
  )
})
