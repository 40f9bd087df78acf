import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readPromptPackage } from '../../../shared/formats/prompt-package.ts'
import { float32 } from '../../../shared/tensor.ts'
import { makePromptFiles, readPromptFiles, type UnsealedCard, writePromptPackage } from '../../../trainer/disk/prompt-package.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt, twoLabels } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (...names: string[]) => join(folder, ...names)
const model = await writeSmallModel(at('model'))
const { hidden: H } = model.sizes
const P = 5

const card: UnsealedCard = {
  task: 'spam',
  method: 'prompt',
  virtualTokens: P,
  base: { hash: model.baseHash, name: model.name, weights: model.weights, graphVersion: model.graphVersion },
  labels: twoLabels,
  template: '{text} It was',
  maxTokens: 128,
  labelRows: 'learned',
  temperature: 1.5,
  training: { steps: 10 },
  data: {},
  metrics: { accuracy: 0.5 },
  selfTest: [{ text: 'hello', scores: [0.25, -1] }],
}
const numbers = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i))

describe('making a package', () => {
  test('of a prompt: what is made reads back as it went in', async () => {
    const promptTable = float32([P, H], numbers(P * H))
    const files = await makePromptFiles(card, { method: 'prompt', promptTable }, numbers(2 * H), model)
    const read = await readPromptPackage(files, model, 'a test')
    expect(read.parameters).toEqual({ method: 'prompt', promptTable })
    expect(read.labelRows).toEqual(numbers(2 * H))
    expect(read.card).toMatchObject(card)
    expect(read.warnings).toEqual([])
  })

  test('of a prefix: keys and values read back in their places', async () => {
    const { layers, keyValueHeads, headSize } = model.sizes
    const prefix = { length: P, keyValues: numbers(2 * layers * keyValueHeads * P * headSize) }
    const files = await makePromptFiles({ ...card, method: 'prefix' }, { method: 'prefix', prefix }, numbers(2 * H), model)
    expect((await readPromptPackage(files, model, 'a test')).parameters).toEqual({ method: 'prefix', prefix })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('with %d among the learned numbers is refused', async (wrong) => {
    const spoilt = numbers(P * H)
    spoilt[7] = wrong
    const parameters = { method: 'prompt', promptTable: float32([P, H], spoilt) } as const
    await expect(makePromptFiles(card, parameters, numbers(2 * H), model)).rejects.toMatchObject({
      code: 'invalid_file',
      message: expect.stringContaining('element 7'),
    })
  })

  test('with label rows of another width is refused', async () => {
    const parameters = { method: 'prompt', promptTable: float32([P, H]) } as const
    await expect(makePromptFiles(card, parameters, numbers(2 * H + 2), model)).rejects.toMatchObject({ code: 'invalid_prompt' })
  })
})

describe('writing a package', () => {
  const target = at('out', 'package')

  beforeEach(() => rm(at('out'), { recursive: true, force: true }))

  test('makes the folders above it, and reads back the same', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await writePromptPackage(target, files)
    expect(readPromptFiles(target)).toEqual(files)
    expect(await readdir(at('out'))).toEqual(['package'])
  })

  test('takes the place of a package and of an empty folder, and leaves nothing beside it', async () => {
    await mkdir(target, { recursive: true })
    const [first, second] = [await randomPrompt(model, { task: 'spam', seed: 1 }), await randomPrompt(model, { task: 'spam', seed: 2 })]
    await writePromptPackage(target, first)
    await writePromptPackage(`${target}/`, second)
    expect(readPromptFiles(target)).toEqual(second)
    expect(await readdir(at('out'))).toEqual(['package'])
  })

  test('does not take the place of anything else', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await mkdir(target, { recursive: true })
    await writeFile(join(target, 'thesis.txt'), 'years of work')
    await expect(writePromptPackage(target, files)).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('thesis.txt') })
    await writeFile(join(target, 'prompt.json'), '{}') // not even beside a package
    await expect(writePromptPackage(target, files)).rejects.toMatchObject({ code: 'usage' })
    expect(await readFile(join(target, 'thesis.txt'), 'utf8')).toBe('years of work')
    await expect(writePromptPackage(join(target, 'thesis.txt'), files)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('a file is there'),
    })
  })

  test('that fails leaves the package that was there', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await writePromptPackage(target, files)
    const broken = { ...files, 'labels.safetensors': null as unknown as Uint8Array<ArrayBuffer> }
    await expect(writePromptPackage(target, broken)).rejects.toThrow()
    expect(readPromptFiles(target)).toEqual(files)
    expect(await readdir(at('out'))).toEqual(['package'])
  })
})

describe('reading a folder', () => {
  test('that is not there', () => {
    for (const directory of [at('misspelt'), at('model', 'model.json')]) {
      expect(() => readPromptFiles(directory)).toThrow(refusal(`${JSON.stringify(directory)}: there is no such folder`))
    }
  })

  const refusal = (part: string) => expect.objectContaining({ code: 'invalid_prompt', message: expect.stringContaining(part) })

  test.each(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'])('without %s names it', async (file) => {
    await writeRandomPrompt(at('incomplete'), model, { task: 'spam' })
    await rm(at('incomplete', file))
    expect(() => readPromptFiles(at('incomplete'))).toThrow(refusal(file))
  })

  test('without a card says how to make one', async () => {
    await writeRandomPrompt(at('cardless'), model, { task: 'spam' })
    await rm(at('cardless', 'prompt.json'))
    expect(() => readPromptFiles(at('cardless'))).toThrow(refusal('softprompt adopt'))
  })

  test('with a file larger than any prompt refuses before reading it', async () => {
    await writeRandomPrompt(at('huge'), model, { task: 'spam' })
    await truncate(at('huge', 'adapter_model.safetensors'), 2 ** 40) // a hole: no bytes on the disk
    expect(() => readPromptFiles(at('huge'))).toThrow(refusal(String(2 ** 40)))
    await truncate(at('huge', 'prompt.json'), 2 ** 40)
    expect(() => readPromptFiles(at('huge'))).toThrow(refusal('prompt.json'))
  })

  test('with a folder in the place of a file says so', async () => {
    await writeRandomPrompt(at('odd'), model, { task: 'spam' })
    await rm(at('odd', 'labels.safetensors'))
    await mkdir(at('odd', 'labels.safetensors'))
    expect(() => readPromptFiles(at('odd'))).toThrow(refusal('not a file'))
  })

  test('with a pipe in the place of a file does not wait for who writes to it', async () => {
    await writeRandomPrompt(at('piped'), model, { task: 'spam' })
    await rm(at('piped', 'labels.safetensors'))
    execFileSync('mkfifo', [at('piped', 'labels.safetensors')])
    expect(() => readPromptFiles(at('piped'))).toThrow(refusal('not a file'))
  })
})
