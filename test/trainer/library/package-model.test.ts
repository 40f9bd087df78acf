import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writePromptFolder } from '../../../trainer/disk/prompt-folder.ts'
import { packageModel } from '../../../trainer/library/package-model.ts'
import { defaultModel } from '../../../trainer/library/shipped.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'
import { randomPrompt } from '../../fixtures/random-prompt.ts'
import { writeSmallModel } from '../../fixtures/small-model.ts'

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const model = await writeSmallModel(at('model'))

test('a package runs on the model named, else on that it was made on, wherever it was moved, else on the default', async () => {
  await writePromptFolder(at('made'), await randomPrompt(model, { task: 'spam' }), at('model'))
  expect(packageModel(at('made'), 'other')).toBe('other')
  expect(packageModel(at('made'), undefined)).toBe(at('model'))
  renameSync(at('made'), at('moved'))
  expect(packageModel(at('moved'), undefined)).toBe(at('model'))
  mkdirSync(at('old'))
  expect(packageModel(at('old'), undefined)).toBe(defaultModel)
})

test('a model that is gone is told of, with the way out', async () => {
  await writePromptFolder(at('lost'), await randomPrompt(model, { task: 'spam' }), at('gone'))
  expect(() => packageModel(at('lost'), undefined)).toThrow(
    expect.objectContaining({
      code: 'usage',
      message: expect.stringMatching(/made on ".*gone", and there is no model package now.*--model/),
    }),
  )
})

test.each(['{}', '{"model": ""}', '{"model": 3}', 'nothing', `{"model": "${'x'.repeat(5000)}"}`])(
  'what is no such file is refused: %.20s',
  (text) => {
    mkdirSync(at('odd'), { recursive: true })
    writeFileSync(at('odd/local.json'), text)
    expect(() => packageModel(at('odd'), undefined)).toThrow(
      expect.objectContaining({ code: 'invalid_prompt', message: expect.stringContaining('local.json') }),
    )
  },
)
