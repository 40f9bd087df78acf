import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { promptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { modelFolder } from '../../../trainer/import/import-model.ts'
import { requireFree } from '../../../trainer/library/require-free.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'
import { writeRandomPrompt } from '../../fixtures/written-prompt.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)

beforeAll(async () => {
  const model = await writeSmallModel(at('model'), { name: 'tiny\u001b[2Jmodel' })
  await writeRandomPrompt(at('prompt'), model, { task: 'spam', card: { metrics: { accuracy: 0.91234, macroF1: 0.5 } } })
  await writeRandomPrompt(at('unmeasured'), model, { task: 'spam', card: { metrics: {} } })
})

describe('a folder is free', () => {
  test('that is not there, or empty, or beside a checkpoint', () => {
    mkdirSync(at('empty'))
    writeFileSync(at('new.checkpoint'), '')
    for (const name of ['absent', 'empty', 'new']) expect(() => requireFree(at(name), promptFolder, false)).not.toThrow()
  })

  test('where the package in it may go', () => {
    expect(() => requireFree(at('prompt'), promptFolder, true)).not.toThrow()
    expect(() => requireFree(at('model'), modelFolder, true)).not.toThrow()
  })
})

describe('a folder is not free', () => {
  const refused = (name: string, kind: typeof promptFolder, message: RegExp) =>
    expect(() => requireFree(at(name), kind, false)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
    )

  test('that holds a package: what it is, when it was written, and both ways out', () => {
    refused(
      'prompt',
      promptFolder,
      /it holds a prompt for task spam \(on dev: accuracy 0\.912\), written 20\S+Z\. Add --force .*--out \S+prompt-2$/,
    )
    refused('unmeasured', promptFolder, /it holds a prompt for task spam, written/)
    refused('model', modelFolder, /it holds model "tiny\\u001b\[2Jmodel" in int8, written/)
  })

  test('that holds one that cannot be read', () => {
    mkdirSync(at('old'))
    writeFileSync(at('old/prompt.json'), '{"format": "softprompt-prompt", "version": 1}')
    refused('old', promptFolder, /it holds a prompt package that cannot be read, written/)
    mkdirSync(at('oldmodel'))
    writeFileSync(at('oldmodel/model.json'), '')
    refused('oldmodel', modelFolder, /it holds a model package that cannot be read, written/)
  })

  test('and the name offered is one under which there is nothing', () => {
    mkdirSync(at('prompt-2'))
    writeFileSync(at('prompt-3'), '')
    refused('prompt/', promptFolder, /--out \S+prompt-4$/)
  })

  test('that holds anything else, whether a package may be replaced or not', () => {
    mkdirSync(at('thesis'))
    writeFileSync(at('thesis/thesis.txt'), 'years of work')
    for (const force of [true, false]) expect(() => requireFree(at('thesis'), promptFolder, force)).toThrow(/thesis\.txt.*would be lost/)
  })
})
