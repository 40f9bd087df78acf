import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadProject } from '../../../trainer/project/load-project.ts'
import type { ProjectFile } from '../../../trainer/project/project-file.ts'
import { projectTexts } from '../../../trainer/project/project-text.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
/** Whatever a text is in YAML, a path is a path. */
const content: ProjectFile = {
  defaults: { minimum: { accuracy: 0.9 } },
  tasks: {
    yes: {
      train: 'no',
      dev: ['true.csv', 'a b.csv', '0x10', '1e3', '.inf', '.NaN', '~', '- x', '#x', 'x: y', '*.csv', 'ünï.csv', '"q"', "it's", '@x'],
    },
    '1': { train: './a/b.csv', textColumn: 'null', labelColumn: 'Y', verbalizers: { 'no: way': 'on', off: '3' } },
  },
}

test.each(['yaml', 'json', 'ts'] as const)('what is written as %s is read back', async (format) => {
  const file = join(folder, `softprompt.config.${format}`)
  writeFileSync(file, projectTexts[format](content))
  const { $schema: _, ...read } = (await loadProject(file)).content
  expect(read).toEqual(content)
})
