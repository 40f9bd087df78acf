import { describe, expect, it } from 'vitest'
import { retried } from '../../../worker/cloudflare/reach-host.ts'

describe('retried', () => {
  const failing = (failures: object[]) => {
    let calls = 0
    const call = async () => {
      calls += 1
      const failure = failures[calls - 1]
      if (failure !== undefined) throw Object.assign(new Error(`failure ${calls}`), failure)
      return `call ${calls}`
    }
    return { call, count: () => calls }
  }

  it('asks again where the call failed before it began', async () => {
    expect(await retried(failing([{ retryable: true }, { retryable: true }]).call)).toBe('call 3')
  })

  it('gives up at last', async () => {
    const { call, count } = failing(Array(9).fill({ retryable: true }))
    await expect(retried(call)).rejects.toThrow('failure 3')
    expect(count()).toBe(3)
  })

  it('never asks again where the host is overloaded, nor where the call itself failed', async () => {
    const overloaded = failing([{ retryable: true, overloaded: true }])
    await expect(retried(overloaded.call)).rejects.toMatchObject({ code: 'overloaded' })
    const failed = failing([{}])
    await expect(retried(failed.call)).rejects.toThrow('failure 1')
    expect([overloaded.count(), failed.count()]).toEqual([1, 1])
  })
})
