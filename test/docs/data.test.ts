import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { namesOf } from '../../shared/names-of.ts'
import { checkCommand } from '../../trainer/cli/commands/check.ts'
import * as checks from '../../trainer/data/checks/table.ts'
import * as readers from '../../trainer/data/readers/table.ts'
import { root } from '../fixtures/root.ts'
import { runInProcess } from '../fixtures/run-in-process.ts'

const page = readFileSync(join(root, 'docs/data.md'), 'utf8')
const commands = [...page.matchAll(/^npx softprompt (.*)$/gm)].map(([, words]) => words!)

test.each(commands)('softprompt %s, as the page has it, finds no problem', async (words) => {
  const { code, stdout, stderr } = await runInProcess([checkCommand], ...words.split(' '))
  expect(code, stdout + stderr).toBe(0)
})

test('the page names every check and every ending of a file that is read', () => {
  expect(commands.length).toBeGreaterThan(2)
  for (const check of namesOf(checks)) expect(page).toContain(`| \`${check}\` |`)
  for (const { extensions } of Object.values(readers)) for (const ending of extensions) expect(page).toContain(`\`${ending}\``)
})
