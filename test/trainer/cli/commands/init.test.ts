import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { initCommand } from '../../../../trainer/cli/commands/init.ts'
import { loadProject } from '../../../../trainer/project/load-project.ts'
import { projectTasks } from '../../../../trainer/project/project-tasks.ts'
import { examplesOfTwoKinds, linesOf, quotedCsv } from '../../../fixtures/examples.ts'
import { temporaryFolder } from '../../../fixtures/imported-model.ts'
import { root } from '../../../fixtures/root.ts'
import { runInProcess } from '../../../fixtures/run-in-process.ts'

const folder = temporaryFolder()
let place = ''
let made = 0
beforeEach(() => {
  place = join(folder, `${made++}`)
  for (const name of ['spam', 'kinds/data', 'node_modules/other', '.hidden']) mkdirSync(join(place, name), { recursive: true })
  for (const name of ['spam/train.jsonl', 'spam/test.jsonl', 'node_modules/other/train.jsonl', '.hidden/train.jsonl'])
    writeFileSync(join(place, name), linesOf(examplesOfTwoKinds))
  for (const name of ['kinds/data/train-1.csv', 'kinds/data/train-2.csv', 'kinds/data/validation.csv'])
    writeFileSync(join(place, name), quotedCsv(examplesOfTwoKinds))
  writeFileSync(join(place, 'Two Words.csv'), quotedCsv(examplesOfTwoKinds).replace('label,text', 'intent,utterance'))
  writeFileSync(join(place, 'package.json'), '{}')
  process.chdir(place)
})
afterAll(() => process.chdir(root))
const run = (...args: string[]) => runInProcess([initCommand], ...args, '--json')

test.each(['yaml', 'json', 'ts'] as const)('init finds what there is and writes it as %s, which train reads', async (format) => {
  const answer = await run('init', '--yes', '--format', format, '--minimum', '0.9')
  expect(answer.code, answer.stderr).toBe(0)
  const file = `softprompt.config.${format}`
  expect(answer.json).toEqual({ file, tasks: ['two-words', 'kinds', 'spam'], leftOut: [] })
  if (format === 'ts') {
    expect(readFileSync(file, 'utf8')).toMatch(/^import \{ defineConfig \} from 'softprompt\/config'/)
    writeFileSync(file, readFileSync(file, 'utf8').replace("'softprompt/config'", JSON.stringify(join(root, 'trainer/project/config.ts'))))
  }
  const { content } = await loadProject(file)
  expect(content).toMatchObject({
    defaults: { minimum: { accuracy: 0.9 } },
    tasks: {
      spam: { train: 'spam/train.jsonl', test: 'spam/test.jsonl' },
      kinds: { train: ['kinds/data/train-1.csv', 'kinds/data/train-2.csv'], dev: 'kinds/data/validation.csv' },
      'two-words': { train: 'Two Words.csv', textColumn: 'utterance', labelColumn: 'intent' },
    },
  })
  expect(projectTasks(await loadProject(file), 'models/default').map(({ name, dev }) => [name, dev])).toEqual([
    ['two-words', null],
    ['kinds', ['kinds/data/validation.csv']],
    ['spam', null],
  ])
})

test('init leaves out what it cannot know, and says so', async () => {
  writeFileSync('odd.csv', 'a,b\nx,y\n')
  const answer = await run('init', '--yes')
  expect(answer.json).toMatchObject({ leftOut: ['odd'] })
  expect(answer.stderr).toMatch(/^Warning: odd is left out/m)
})

test('init tells a fault of a file from columns that are not known', async () => {
  writeFileSync('holes.jsonl', '{"text": "a", "label": ""}\n{"text": "", "label": "b"}\n') // check will say that
  expect((await run('init', '--yes')).json).toMatchObject({ leftOut: [], tasks: expect.arrayContaining(['holes']) })
  writeFileSync('latin1.csv', Buffer.from('t\u00e4xt,label\na,b\n', 'latin1'))
  expect(await run('init', '--yes', '--force')).toMatchObject({
    code: 1,
    json: { error: { code: 'invalid_data', message: expect.stringContaining('latin1.csv: it is not UTF-8') } },
  })
})

test('init writes over nothing, and nothing where there is no data', async () => {
  expect((await run('init', '--yes')).code).toBe(0)
  const before = readFileSync('softprompt.config.yaml', 'utf8')
  expect(await run('init', '--yes')).toMatchObject({ code: 2, stderr: expect.stringContaining('Add --force to replace it') })
  expect(await run('init', '--yes', '--format', 'json')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is softprompt.config.yaml already'),
  })
  expect((await run('init', '--yes', '--force', '--minimum', '0.8')).code).toBe(0)
  expect(readFileSync('softprompt.config.yaml', 'utf8')).not.toBe(before)
  process.chdir(join(place, '.hidden'))
  expect(await run('init', '--yes', 'nowhere')).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no such folder') })
  mkdirSync('empty')
  expect(await run('init', '--yes', 'empty')).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot find data in empty') })
  writeFileSync('empty/odd.csv', 'a,b\nx,y\n')
  expect(await run('init', '--yes', 'empty')).toMatchObject({ code: 2, stderr: expect.stringContaining('of no file is it known') })
})
