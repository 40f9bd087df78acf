import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { findProjectFile, loadProject } from '../../../trainer/project/load-project.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
let made = 0
/** A file of this name in a folder of its own. */
function file(name: string, text: string): string {
  const own = join(folder, `${made++}`)
  mkdirSync(own)
  writeFileSync(join(own, name), text)
  return join(own, name)
}
const content = { defaults: { steps: 7 }, tasks: { routing: { train: ['a.jsonl', 'b.csv'] } } }

describe('a project file', () => {
  test.each<[string, string]>([
    ['json', JSON.stringify(content)],
    ['json', `\ufeff${JSON.stringify(content)}`], // as Windows' editors begin a file
    ['jsonc', `// tasks\n${JSON.stringify(content)}`],
    ['yaml', 'defaults: { steps: 7 }\ntasks:\n  routing:\n    train: [a.jsonl, b.csv]\n'],
    ['yml', JSON.stringify(content)],
    ['js', `module.exports = ${JSON.stringify(content)}`],
    ['mjs', `export default ${JSON.stringify(content)}`],
    ['ts', `const steps: number = 7\nexport default { defaults: { steps }, tasks: ${JSON.stringify(content.tasks)} } satisfies object`],
  ])('may be written as %s', async (extension, text) => {
    const path = file(`softprompt.config.${extension}`, text)
    expect(await loadProject(path)).toEqual({ file: path, folder: join(path, '..'), content })
    expect(findProjectFile(join(path, '..'))).toContain(`softprompt.config.${extension}`)
  })

  test('finds softprompt/config where softprompt is not installed', async () => {
    const path = file(
      'softprompt.config.ts',
      `import { defineConfig } from 'softprompt/config'\n\nexport default defineConfig(${JSON.stringify(content)})\n`,
    )
    expect((await loadProject(path)).content).toEqual(content)
  })

  test('of JSON may name a key in several objects, and have all that JSON has', async () => {
    const tasks = { a: { train: 'a "b": {, # c.csv' }, b: { train: '\u00e9\\\\ //', verbalizers: { a: 'train', 'tasks: ': '- & * !' } } }
    for (const indent of [undefined, 2, '\t'])
      for (const name of ['tasks.json', 'tasks.jsonc'])
        expect((await loadProject(file(name, JSON.stringify({ tasks }, null, indent)))).content).toEqual({ tasks })
  })

  test('of another name can be named', async () => {
    expect((await loadProject(file('tasks.json', JSON.stringify(content)))).content).toEqual(content)
  })

  test('has nothing of what lies beside it', async () => {
    const path = file('softprompt.config.json', JSON.stringify(content))
    writeFileSync(join(path, '..', '.softpromptrc'), 'threads=3')
    writeFileSync(join(path, '..', '.env'), 'SOFTPROMPT_LEAK=1')
    writeFileSync(join(path, '..', 'package.json'), JSON.stringify({ softprompt: { threads: 3 } }))
    expect((await loadProject(path)).content).toEqual(content)
    expect(process.env.SOFTPROMPT_LEAK).toBeUndefined()
  })

  test('can’t name another one', async () => {
    const other = file('other.json', JSON.stringify(content))
    const path = file('softprompt.config.json', JSON.stringify({ ...content, extends: other }))
    await expect(loadProject(path)).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('extends: there is no such key'),
    })
  })
})

describe('is refused, with the way out:', () => {
  test.each<[string, string, string, RegExp]>([
    ['broken JSON', 'softprompt.config.json', '{"tasks": ', /Cannot read .*softprompt\.config\.json: /],
    ['broken YAML', 'softprompt.config.yaml', 'tasks:\n  - {a', /Cannot read .*softprompt\.config\.yaml: /],
    ['broken TypeScript', 'softprompt.config.ts', 'export default {', /Cannot read .*softprompt\.config\.ts: /],
    [
      'a program that throws',
      'softprompt.config.mjs',
      'throw new Error("no key in the environment")',
      /Cannot read .*: no key in the environment/,
    ],
    ['an empty file', 'softprompt.config.yaml', '# nothing yet\n', /^Cannot use .*: it is empty\. It states tasks/],
    ['another ending', 'softprompt.config.toml', 'a = 1', /a project file ends in \.ts, /],
    ['too large a file', 'softprompt.config.json', ' '.repeat(2 ** 20 + 1), /it has 1048577 bytes/],
    [
      'a key that stands twice in an object of JSON',
      'softprompt.config.json',
      '{"tasks": {"spam":\n{"train": "a.csv", "steps": 7,\n\t"train": "b.csv"}}}',
      /^Cannot use .*\.json: line 3 states "train" a second time, and the first would count for nothing\. Leave one of them out\.$/,
    ],
    [
      'one in JSON with comments',
      'softprompt.config.jsonc',
      '{ // "tasks": {}\n/* "tasks":\n */ "tasks": {"a // b": {"train": "a.csv",},}, // twice:\n"tasks": {} }',
      /^Cannot use .*\.jsonc: line 4 states "tasks" a second time/,
    ],
    ['two of them', 'softprompt.config.json', '{"tasks": {}, "tasks": {"a": 1,\n"a": 2}}', /: 2 things are wrong with it/],
    ['a key that stands twice in an object of YAML', 'softprompt.config.yaml', 'tasks:\n  a: 1\n  a: 2', /duplicated mapping key \(3:3\)/],
    ['a text', 'softprompt.config.yaml', 'tasks', /Cannot (use|read) /],
  ])('%s', async (_, name, text, wanted) => {
    await expect(loadProject(file(name, text))).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(wanted) })
  })

  test('one that is not there', async () => {
    await expect(loadProject(join(folder, 'none.yaml'))).rejects.toMatchObject({
      message: expect.stringContaining('softprompt init writes one'),
    })
  })

  test('two in one folder', () => {
    const path = file('softprompt.config.json', '{}')
    writeFileSync(join(path, '..', 'softprompt.config.ts'), '')
    expect(() => findProjectFile(join(path, '..'))).toThrow(/softprompt\.config\.ts and softprompt\.config\.json/)
  })
})
