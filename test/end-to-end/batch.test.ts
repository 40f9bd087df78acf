import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { readExamples } from '../../trainer/data/dataset.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { shell } from '../fixtures/npm.ts'
import { root } from '../fixtures/root.ts'

const page = readFileSync(join(root, 'docs/batch.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block]) => block!)
const commands = blocks('sh').flatMap((block) => block.split('\n').filter(Boolean))
const [projectFile = ''] = blocks('yaml')
const workflow = readFileSync(join(root, 'examples/ci/train.yml'), 'utf8')

const folder = temporaryFolder()
const at = (name: string) => join(folder, name)
const program = `node ${join(root, 'dist/trainer/cli/softprompt.js')}`
const bucket = `--config ${join(root, 'wrangler.toml')} --persist-to ${at('state')}`
/** What `line` is here, where nothing is installed and there is no wrangler.toml. */
const here = (line: string) => line.replace('npx softprompt', program).replace(/(publish|status)$/, `$1 ${bucket}`)
const run = (line: string) => shell(here(line), { cwd: folder, env: { CI: '1', WRANGLER_SEND_METRICS: 'false' } })

const cells = (cell: string) => `"${cell.replaceAll('"', '""')}"`
function writeCsv(name: string, rows: readonly { text: string; label: string }[]): void {
  writeFileSync(at(name), ['text,label', ...rows.map(({ text, label }) => `${cells(text)},${cells(label)}`)].join('\n'))
}

beforeAll(() => {
  for (const task of ['sentiment', 'moderation']) {
    mkdirSync(at(`data/${task}`), { recursive: true })
    const rows = (split: string, most: number) => readExamples(join(root, 'examples', task, `${split}.jsonl`)).examples.slice(0, most)
    writeCsv(`data/${task}/train.csv`, rows('train', 240))
    if (task === 'sentiment') writeCsv(`data/${task}/dev.csv`, rows('dev', 60))
    writeCsv(`data/${task}/test.csv`, rows('test', 100))
  }
  const [hellos, byes] = [['Hello', 'Good morning', 'Hi there', 'Welcome back', 'Nice to meet you'], ['Bye', 'See you', 'Good night', 'So long', 'Take care']] // biome-ignore format: two lists
  const greetings = ['', ', my friend', ' everybody'].flatMap((end) => [...hellos.map((text) => ({ text: text + end, label: 'hello' })), ...byes.map((text) => ({ text: text + end, label: 'bye' }))]) // biome-ignore format: one list
  writeCsv('data/greetings.csv', greetings)
})

describe('docs/batch.md', () => {
  test('begins with init, whose file the page goes on from', async () => {
    const [init = ''] = commands
    expect(init).toContain('softprompt init data')
    expect(await run(init)).toMatchObject({ code: 0 })
    const written = readFileSync(at('softprompt.config.yaml'), 'utf8')
    for (const line of ['train: data/greetings.csv', 'train: data/sentiment/train.csv', 'dev: data/sentiment/dev.csv', 'accuracy: 0.7'])
      expect(written).toContain(line)
    writeFileSync(at('softprompt.config.yaml'), projectFile)
  })

  test.each(commands.slice(1).map((line) => [line] as const))('%s', { timeout: 300_000 }, async (line) => {
    const { code, stdout, stderr } = await run(line)
    expect(code, stdout + stderr).toBe(0)
  })

  test('leaves all three tasks trained, measured and live', async () => {
    const { stdout } = await run('npx softprompt status')
    expect(stdout.match(/this package/g)).toHaveLength(3)
    expect(readFileSync(at('prompts.xml'), 'utf8')).toContain('tests="3" failures="0"')
  })

  test('shows a workflow whose commands are the page’s', () => {
    expect(page).toContain('examples/ci/train.yml')
    const used = [...workflow.matchAll(/npx (softprompt [^#\n]*)/g)].map(([, words]) => words!.trim())
    expect(used).toEqual(['softprompt train --junit prompts.xml', 'softprompt publish --remote'])
    expect(commands).toContain(`npx ${used[0]}`)
  })
})
