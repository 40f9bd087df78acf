import { expect, test } from 'vitest'
import { copyCheckout } from '../fixtures/checkout.ts'
import { shell } from '../fixtures/npm.ts'

interface Report {
  tasks: {
    task: string
    accuracy: number
    probe: number
    majority: number
    zeroShot: number
    promptBytes: number
    intervals: Record<string, { low: number; high: number }>
  }[]
  modelBytes: number
  mixedBatches: number
  seconds: number
}

test('npm run quickstart learns, publishes, serves and measures three tasks, and stops by itself', { timeout: 900_000 }, async () => {
  const { code, stdout, stderr } = await shell('npm run quickstart -- --json', { cwd: copyCheckout() })
  expect(stderr).toMatch(/Learning .* from \d+ examples/)
  expect(code).toBe(0)
  const { tasks, modelBytes, mixedBatches, seconds } = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Report
  expect(tasks).toHaveLength(3)
  for (const { accuracy, probe, majority, zeroShot, promptBytes, intervals } of tasks) {
    for (const [name, share] of Object.entries({ accuracy, probe, majority, zeroShot })) {
      expect(intervals[name]!.low).toBeLessThan(share)
      expect(intervals[name]!.high).toBeGreaterThan(share)
    }
    expect(accuracy).toBeGreaterThan(majority)
    expect(accuracy).toBeGreaterThan(zeroShot)
    expect(probe).toBeGreaterThan(zeroShot)
    expect(accuracy).toBeGreaterThan(0.85)
    expect(promptBytes).toBeGreaterThan(0)
    expect(promptBytes).toBeLessThan(modelBytes / 10)
  }
  expect(mixedBatches).toBeGreaterThan(0)
  expect(seconds).toBeGreaterThan(0)
})
