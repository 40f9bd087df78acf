import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { shell, start } from './npm.ts'

test('Ctrl-C leaves a checkpoint and says how to go on; --resume goes on from there', { timeout: 300_000 }, async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'interrupted-')), 'mood')
  const examples = 'examples/sentiment'
  const command = `node dist/trainer/cli/softprompt.js train --task mood --train ${examples}/train.jsonl --dev ${examples}/dev.jsonl --out ${out} --steps 12 --evaluate-every 4`

  const child = start(`exec ${command}`)
  let [stderr, interrupted] = ['', false]
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
    if (interrupted || !/step 4: dev accuracy/.test(stderr)) return
    interrupted = child.kill('SIGINT') // once: a second Ctrl-C ends the process at once
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(stderr).toMatch(/Stopped after step \d+ of 12\. Go on with --resume\./)
  expect(code).toBe(130)
  expect(existsSync(`${out}.checkpoint`)).toBe(true)
  expect(existsSync(out)).toBe(false)

  const resumed = await shell(`${command} --resume --json`)
  expect(resumed.code).toBe(0)
  expect(JSON.parse(resumed.stdout)).toMatchObject({ task: 'mood', steps: 12 })
  expect(resumed.stderr).not.toMatch(/step 4:/)
  expect(existsSync(`${out}.checkpoint`)).toBe(false)
})
