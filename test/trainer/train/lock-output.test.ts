import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownerOf } from '../../../trainer/disk/owner.ts'
import { lockOutput, lockOutputs } from '../../../trainer/train/lock-output.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()
const out = join(folder, 'kind')

test('a package’s folder is written by one training, whose end frees it', () => {
  const release = lockOutput(out, 'train task kind')
  expect(() => lockOutput(`${out}/`, 'train task kind')).toThrow(
    /^Cannot train task kind: another training writes to .*kind\/\. Wait until/,
  )
  expect(() => lockOutputs([join(folder, 'free'), out], 'train it')).toThrow(/^Cannot train it: another training writes to .*kind\./)
  release()
  lockOutputs([join(folder, 'free'), out], 'train it')()
  expect(readdirSync(folder)).toEqual([])
})

test('another process keeps it, until it has ended in whatever way', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(other, 'spawn')
  writeFileSync(join(folder, `.kind.softprompt-lock-${ownerOf(other.pid)}`), '')
  expect(() => lockOutput(out, 'train task kind')).toThrow(/another training writes to/)
  lockOutput(join(folder, 'kind-2'), 'train task kind')()
  other.kill('SIGKILL')
  await once(other, 'exit')
  lockOutput(out, 'train task kind')()
  expect(readdirSync(folder)).toEqual([])
})
