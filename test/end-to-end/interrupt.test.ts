import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseCard } from '../../shared/formats/card.ts'
import { ModelCard } from '../../shared/formats/model-card.ts'
import { shell, start } from '../fixtures/npm.ts'
import { writeRandomPrompt } from '../fixtures/written-prompt.ts'

test('Ctrl-C leaves a checkpoint and says how to go on; --resume goes on from there', { timeout: 300_000 }, async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'interrupted-')), 'mood')
  const examples = 'examples/sentiment'
  const command = `node dist/trainer/cli/softprompt.js train --task mood --train ${examples}/train.jsonl --dev ${examples}/dev.jsonl --out ${out} --steps 12 --evaluate-every 4`

  const { code, stderr } = await interrupted(command, /step 4 of 12: train loss/)
  expect(stderr).toMatch(/Stopped after step \d+ of 12\. Continue with --resume\./)
  expect(code).toBe(130)
  expect(existsSync(`${out}.checkpoint`)).toBe(true)
  expect(existsSync(out)).toBe(false)

  const resumed = await shell(`${command} --resume --json`)
  expect(resumed.code).toBe(0)
  expect(JSON.parse(resumed.stdout)).toMatchObject({ task: 'mood', steps: 12 })
  expect(resumed.stderr).not.toMatch(/step 4 of/)
  expect(existsSync(`${out}.checkpoint`)).toBe(false)
})

test('Ctrl-C during a publish says that nothing is live, and does not end in success', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'interrupted-'))
  const card = parseCard(ModelCard, readFileSync('models/default/model.json', 'utf8'), 'models/default', 'invalid_model')
  await writeRandomPrompt(join(folder, 'mood'), card, { task: 'mood' })
  const softprompt = (args: string) => `node dist/trainer/cli/softprompt.js ${args} --persist-to ${folder}/state --json`
  const { code, stdout } = await interrupted(softprompt(`publish ${folder}/mood`), /uploading/)
  expect(code).toBe(130)
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'interrupted' } })
  expect(JSON.parse((await shell(softprompt('list'))).stdout)).toMatchObject({ tasks: [] })
})

/** How `command` ends that gets a Ctrl-C when its standard error shows `moment`. */
async function interrupted(command: string, moment: RegExp): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = start(`exec ${command}`)
  let [stdout, stderr, done] = ['', '', false]
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
    if (done || !moment.test(stderr)) return
    done = child.kill('SIGINT') // once: a second Ctrl-C ends the process at once
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  return { code, stdout, stderr }
}
