import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FrozenModel } from '../../../shared/engine/frozen-model.ts'
import { examplesHash } from '../../../trainer/data/examples-hash.ts'
import { promptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { checkOutput } from '../../../trainer/disk/replace-folder.ts'
import { openFrozen } from '../../../trainer/import/open-frozen.ts'
import { type OpenedModel, openModel } from '../../../trainer/import/open-model.ts'
import { measurePackage, readMeasurement } from '../../../trainer/project/measurement.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const data = { file: 'test.csv', sha256: '0'.repeat(64), examples: ['a', 'b', 'c'].map((text) => ({ text, label: 'good' })) }
const never = new AbortController().signal
let model: { opened: OpenedModel; frozen: FrozenModel }
let id = ''

beforeAll(async () => {
  id = await writeRandomPrompt(at('prompt'), await writeSmallModel(at('model')), { task: 'mood' })
  const opened = openModel(at('model'))
  model = { opened, frozen: await openFrozen(opened, { threads: 1 }) }
})
afterAll(() => model.frozen.close())

test('how a package does is kept beside it, under its id and what it was measured on', async () => {
  expect(readMeasurement(at('prompt'), id)).toBeNull()
  const measured = await measurePackage(at('prompt'), model, data, never)
  expect(measured).toMatchObject({ prompt: id, data: examplesHash(data), evaluation: { examples: 3, labels: ['good', 'bad'] } })
  expect(measured.evaluation.metrics.accuracy).toBe(measured.evaluation.confusion![0]![0]! / 3)
  expect(readMeasurement(at('prompt'), id)).toEqual(measured)
  expect(measured.baselines).toEqual({ zeroShot: { accuracy: expect.any(Number), interval: { low: expect.any(Number), high: expect.any(Number) } } }) // biome-ignore format: one thought
  expect(readMeasurement(at('prompt'), 'f'.repeat(64))).toBeNull() // of another package
  expect(checkOutput(at('prompt'), promptFolder)).toBe(true) // which may still be replaced
})

test('a package that can’t be measured keeps what is known of it', async () => {
  const before = readFileSync(at('prompt/evaluation.json'), 'utf8')
  const alien = { ...data, examples: [{ text: 'a', label: 'stone' }] }
  await expect(measurePackage(at('prompt'), model, alien, never)).rejects.toMatchObject({ code: 'invalid_data' })
  await expect(measurePackage(at('prompt'), model, data, AbortSignal.abort())).rejects.toMatchObject({ code: 'interrupted' })
  expect(readFileSync(at('prompt/evaluation.json'), 'utf8')).toBe(before)
})

test.each(['{', '{}', '{"prompt": "x"}'])('what is no measurement is refused by its name: %s', (text) => {
  writeFileSync(at('prompt/evaluation.json'), text)
  expect(() => readMeasurement(at('prompt'), id)).toThrow(
    expect.objectContaining({ code: 'invalid_file', message: expect.stringContaining('evaluation.json') }),
  )
})
