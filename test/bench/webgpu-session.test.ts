import { afterEach, expect, test, vi } from 'vitest'
import { openModel } from '../../trainer/import/open-model.ts'
import { writeOnnx } from '../../trainer/onnx/write.ts'
import { openWebGpuSession } from './webgpu-session.ts'

afterEach(() => vi.unstubAllEnvs())

test.runIf(process.platform === 'linux')('where there is no GPU, that is what is said', async () => {
  vi.stubEnv('VK_DRIVER_FILES', '/nowhere.json') // whatever this machine has
  const { graph, directory } = openModel('models/default')
  await expect(openWebGpuSession(writeOnnx(graph), { directory })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('There is no GPU here that ONNX Runtime can use'),
  })
})
