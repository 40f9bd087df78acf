import { join } from 'node:path'
import { expect, test } from 'vitest'
import { maxBytes } from '../../../shared/formats/limits.ts'
import { forWorker, tooLargeForWorker } from '../../../trainer/import/worker-fit.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const card = await writeSmallModel(join(temporaryFolder(), 'model'))
const sized = (bytes: number, weights: string) => {
  const files = Object.fromEntries(Object.entries(card.files).map(([name, file]) => [name, { ...file, bytes: 0 }]))
  return { ...card, weights, files: { ...files, 'model.onnx.data': { bytes, sha256: 'a'.repeat(64) } } as typeof card.files }
}

test('a model fits a Worker up to the last byte', () => {
  expect(tooLargeForWorker(card)).toBe(null)
  expect(tooLargeForWorker(sized(maxBytes.model, 'int8'))).toBe(null)
})

test('one that does not is told of with its size, and with what would make it smaller', () => {
  expect(tooLargeForWorker(sized(143e6, 'int8'))).toBe(
    "it has 143.0 MB, and a Worker's memory holds 58.7 MB of a model: take a smaller model, or answer it from another machine with softprompt serve",
  )
  expect(tooLargeForWorker(sized(143e6, 'float32'))).toMatch(/: import it with --weights int8, take a smaller model, or answer/)
})

test('one that is for browsers is not held against a Worker', () => {
  expect(forWorker(sized(1, 'int8'))).toBe(true)
  expect(forWorker(sized(1, 'q8'))).toBe(false)
  expect(tooLargeForWorker(sized(143e6, 'q8'))).toBeNull()
})
