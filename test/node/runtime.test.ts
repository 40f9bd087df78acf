import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { decoder } from '../../shared/engine/families/decoder.ts'
import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { readModelFolder } from '../../trainer/import/open-model.ts'
import { bucketStore } from '../../trainer/publish/bucket/bucket.ts'
import { folderBucket } from '../../trainer/publish/bucket/folder-bucket.ts'
import { ResidentModels } from '../../worker/host/resident-models.ts'
import { openThreadedSession, sessionsFor } from '../../worker/runtimes/node.ts'
import { temporaryFolder } from '../fixtures/imported-model.ts'
import { root } from '../fixtures/root.ts'
import { type ModelFiles, type Bucket as UploadBucket, uploadModel } from '../fixtures/upload.ts'

const folder = temporaryFolder()
const directory = join(root, 'models/tiny-lm')
const { sizes } = readModelFolder(directory).card
const [graph, weights] = ['model.onnx', 'model.onnx.data'].map((file) => new Uint8Array(readFileSync(join(directory, file)))) as [Uint8Array, Uint8Array] // biome-ignore format: one thought
const feeds = (length: number) =>
  decoder.feeds([{ inputIds: Array.from({ length }, (_, t) => 100 + 7 * t) }], [{ fed: null, positionOffset: 0, readout: 'last' }], sizes)
const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('softprompt-serve-'))

it('gives the same whether its runs are asked one after another or at once, on one thread or on three', async () => {
  const before = folders()
  const lengths = [3, 40, 16, 5, 70, 20]
  const [one, three] = await Promise.all([openThreadedSession(graph, weights, 1), openThreadedSession(graph, weights, 3)])
  expect(three.inputs).toEqual(one.inputs)
  const inTurn = []
  for (const length of lengths) inTurn.push(await one.run(feeds(length), ['hidden']))
  expect(await Promise.all(lengths.map((length) => three.run(feeds(length), ['hidden'])))).toEqual(inTurn)
  expect(inTurn[0]?.hidden).toMatchObject({ type: 'float32', dims: [1, 1, sizes.hidden] })
  expect(inTurn[0]?.hidden).not.toEqual(inTurn[1]?.hidden)
  await Promise.all([one.release(), three.release()])
  expect(folders()).toEqual(before)
})

it('ends what runs before it is released, and takes nothing more', async () => {
  const session = await openThreadedSession(graph, weights, 2)
  const runs = Promise.all([1, 2, 3, 4].map(() => session.run(feeds(64), ['hidden'])))
  await session.release()
  expect(await runs).toHaveLength(4)
  await expect(session.run(feeds(3), ['hidden'])).rejects.toThrow(/ended/)
})

describe('a failure', () => {
  it('to open is thrown, and leaves nothing behind', async () => {
    const before = folders()
    await expect(openThreadedSession(new Uint8Array(10), weights, 2)).rejects.toThrow()
    await expect(openThreadedSession(graph, weights.slice(0, 1000), 2)).rejects.toThrow()
    expect(folders()).toEqual(before)
  })

  it('of the temporary folder is not laid to the model', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'nowhere'))
    const { card } = readModelFolder(directory)
    await expect(FrozenModel.open({ card, encode: () => [] }, () => openThreadedSession(graph, weights, 1))).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringContaining('temporary folder'),
    })
  })

  it('of a run is that run’s alone', async () => {
    const session = await openThreadedSession(graph, weights, 1)
    const { input_ids: _, ...missing } = feeds(5)
    await expect(session.run(missing, ['hidden'])).rejects.toThrow(/input_ids/)
    expect(await session.run(feeds(5), ['hidden'])).toHaveProperty('hidden')
    await session.release()
  })

  it('of a thread leaves the runs to the others', async () => {
    const { value: session, threads } = await startingThreads(() => openThreadedSession(graph, weights, 2))
    const wanted = await session.run(feeds(5), ['hidden'])
    await threads[0]?.terminate()
    expect(await Promise.all([1, 2, 3, 4].map(() => session.run(feeds(5), ['hidden'])))).toEqual(Array(4).fill(wanted))
    expect(session.ended).toBe(false)
    await session.release()
  })

  it('of all threads of a model has it loaded again', async () => {
    const files = ['model.json', 'tokenizer.json', 'model.onnx', 'model.onnx.data'] as const
    const contents = Object.fromEntries(files.map((file) => [file, new Uint8Array(readFileSync(join(directory, file)))])) as ModelFiles
    const bucket = await folderBucket(folder, new AbortController().signal)
    const [name, store] = [await uploadModel(bucket as unknown as UploadBucket, contents), bucketStore(bucket)]
    const room = { place: 'this process', remedy: '' }
    const models = new ResidentModels(2 ** 30, { open: (stored) => openThreadedSession(stored.graph, stored.weights, 2), room })
    const { value: first, threads } = await startingThreads(() => models.load(store, name))
    await Promise.all(threads.map((thread) => thread.terminate()))
    expect(models.get(name)).toBeUndefined()
    const again = await models.load(store, name)
    expect(again).not.toBe(first)
    expect(models.get(name)).toBe(again)
    expect(await again.hidden([{ inputIds: [100, 107] }], [again.unprompted])).toHaveLength(1)
    await models.close()
  })
})

/** `start`'s value, and the threads that it started. */
async function startingThreads<Value>(start: () => Promise<Value>): Promise<{ value: Value; threads: Worker[] }> {
  const threads: Worker[] = []
  const add = (thread: Worker) => void threads.push(thread)
  process.on('worker', add)
  try {
    return { value: await start(), threads }
  } finally {
    process.off('worker', add)
  }
}

it('a model has a session a core, unless copies of it would be large', () => {
  expect([sessionsFor(23e6, 8), sessionsFor(2 ** 29, 8), sessionsFor(2 ** 29 + 1, 8)]).toEqual([8, 8, 1])
})
