import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lockFolder } from '../../../trainer/disk/lock.ts'
import { ownerOf } from '../../../trainer/disk/owner.ts'
import { temporaryFolder } from '../../fixtures/imported-model.ts'

const folder = temporaryFolder()

test('a folder is had by one process, and by the next when that gives it back', () => {
  const release = lockFolder(join(folder, 'free'))
  expect(release).not.toBeNull()
  expect(readdirSync(join(folder, 'free'))).toHaveLength(1)
  expect(lockFolder(join(folder, 'free'))).toBeNull() // which may do two things at once
  release!()
  expect(readdirSync(join(folder, 'free'))).toEqual([])
})

test('a process that runs keeps it, and one that has ended does not', async () => {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await once(other, 'spawn')
  const place = join(folder, 'had')
  lockFolder(place)!()
  writeFileSync(join(place, `.softprompt-lock-${ownerOf(other.pid)}`), '')
  expect(lockFolder(place)).toBeNull()
  expect(readdirSync(place)).toHaveLength(1) // who came second has left nothing
  other.kill('SIGKILL')
  await once(other, 'exit')
  const release = lockFolder(place)
  expect(release).not.toBeNull()
  release!()
  expect(readdirSync(place)).toEqual([])
})
