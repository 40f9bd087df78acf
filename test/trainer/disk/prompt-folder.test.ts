import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { readPromptFolder, writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (...names: string[]) => join(folder, ...names)
const model = await writeSmallModel(at('model'))

describe('writing a package', () => {
  const target = at('out', 'package')

  beforeEach(() => rm(at('out'), { recursive: true, force: true }))

  test('makes the folders above it, and reads back the same', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await writePromptFolder(target, files, at('model'))
    expect(readPromptFolder(target)).toEqual(files)
    expect(await readdir(at('out'))).toEqual(['package'])
  })

  test('takes the place of a package and of an empty folder, and leaves nothing beside it', async () => {
    await mkdir(target, { recursive: true })
    const [first, second] = [await randomPrompt(model, { task: 'spam', seed: 1 }), await randomPrompt(model, { task: 'spam', seed: 2 })]
    await writePromptFolder(target, first, at('model'))
    await writePromptFolder(`${target}/`, second, at('model'))
    expect(readPromptFolder(target)).toEqual(second)
    expect(await readdir(at('out'))).toEqual(['package'])
  })

  test('does not take the place of anything else', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await mkdir(target, { recursive: true })
    await writeFile(join(target, 'thesis.txt'), 'years of work')
    await expect(writePromptFolder(target, files, at('model'))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('thesis.txt'),
    })
    await writeFile(join(target, 'prompt.json'), '{}') // not even beside a package
    await expect(writePromptFolder(target, files, at('model'))).rejects.toMatchObject({ code: 'usage' })
    expect(await readFile(join(target, 'thesis.txt'), 'utf8')).toBe('years of work')
    await expect(writePromptFolder(join(target, 'thesis.txt'), files, at('model'))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('a file is there'),
    })
  })

  test('that fails leaves the package that was there', async () => {
    const files = await randomPrompt(model, { task: 'spam' })
    await writePromptFolder(target, files, at('model'))
    const broken = { ...files, 'labels.safetensors': null as unknown as Uint8Array<ArrayBuffer> }
    await expect(writePromptFolder(target, broken, at('model'))).rejects.toThrow()
    expect(readPromptFolder(target)).toEqual(files)
    expect(await readdir(at('out'))).toEqual(['package'])
  })
})

describe('reading a folder', () => {
  test('that is not there', () => {
    for (const directory of [at('misspelt'), at('model', 'model.json')]) {
      expect(() => readPromptFolder(directory)).toThrow(refusal(`${JSON.stringify(directory)}: there is no such folder`))
    }
  })

  const refusal = (part: string) => expect.objectContaining({ code: 'invalid_prompt', message: expect.stringContaining(part) })

  test.each(['adapter_config.json', 'adapter_model.safetensors', 'labels.safetensors'])('without %s names it', async (file) => {
    await writeRandomPrompt(at('incomplete'), model, { task: 'spam' })
    await rm(at('incomplete', file))
    expect(() => readPromptFolder(at('incomplete'))).toThrow(refusal(file))
  })

  test('without a card says how to make one', async () => {
    await writeRandomPrompt(at('cardless'), model, { task: 'spam' })
    await rm(at('cardless', 'prompt.json'))
    expect(() => readPromptFolder(at('cardless'))).toThrow(refusal('softprompt adopt'))
  })

  test('with a file larger than any prompt refuses before reading it', async () => {
    await writeRandomPrompt(at('huge'), model, { task: 'spam' })
    await truncate(at('huge', 'adapter_model.safetensors'), 2 ** 40) // a hole: no bytes on the disk
    expect(() => readPromptFolder(at('huge'))).toThrow(refusal(String(2 ** 40)))
    await truncate(at('huge', 'prompt.json'), 2 ** 40)
    expect(() => readPromptFolder(at('huge'))).toThrow(refusal('prompt.json'))
  })

  test('with a folder in the place of a file says so', async () => {
    await writeRandomPrompt(at('odd'), model, { task: 'spam' })
    await rm(at('odd', 'labels.safetensors'))
    await mkdir(at('odd', 'labels.safetensors'))
    expect(() => readPromptFolder(at('odd'))).toThrow(refusal('not a file'))
  })

  test('with a pipe in the place of a file does not wait for who writes to it', async () => {
    await writeRandomPrompt(at('piped'), model, { task: 'spam' })
    await rm(at('piped', 'labels.safetensors'))
    execFileSync('mkfifo', [at('piped', 'labels.safetensors')])
    expect(() => readPromptFolder(at('piped'))).toThrow(refusal('not a file'))
  })
})
