import { expect, test } from 'vitest'
import { shell } from '../fixtures/npm.ts'

test.each([
  ['quickstart -- --help', /^npm run quickstart .*Learns a prompt for each of three example tasks.*--json /s],
  ['bench -- --help', /^npm run bench -- NAME .*train-step .*webgpu /s],
  ['bench -- train-step --help', /^npm run bench -- NAME .*train-step /s],
])(
  'npm run %s says what it does, and does not do it',
  async (script, wanted) => {
    const { code, stdout } = await shell(`npm run --silent ${script}`)
    expect([code, stdout]).toEqual([0, expect.stringMatching(wanted)])
  },
  300_000,
)

test.each(['--jsno', 'moderation'])(
  'npm run quickstart refuses %s',
  async (argument) => {
    const { code, stderr } = await shell(`npm run --silent quickstart -- ${argument}`)
    expect([code, stderr]).toEqual([2, expect.stringMatching(new RegExp(`${argument}.*npm run quickstart -- --help`, 's'))])
  },
  300_000,
)
