import { InferenceSession, Tensor } from 'onnxruntime-node'
import { SoftPromptError } from '../../shared/error.ts'
import { nativeOptions } from '../../shared/native/options.ts'
import type { OpenSession } from '../../trainer/runtime.ts'
import { webSession } from '../../worker/runtimes/web-session.ts'

/** A door to ONNX Runtime's native build on a GPU, which it finds through Vulkan, Direct3D or Metal. Throws `unsupported` where there is none. */
export const openWebGpuSession: OpenSession = async (graph, { directory }) => {
  const options = { ...nativeOptions(1, directory), executionProviders: ['webgpu'] }
  const session = await InferenceSession.create(graph, options).catch((cause: Error) => {
    const [, why] = /Failed to get a WebGPU adapter:? *(.*)/.exec(cause.message) ?? []
    if (why === undefined) throw cause
    throw new SoftPromptError(
      'unsupported',
      `There is no GPU here that ONNX Runtime can use (${why.trim()}). On Linux it needs a driver for Vulkan, and the libraries that load it: libvulkan1, and for NVIDIA's driver libegl1 and libgl1 (names of Debian).`,
      { cause },
    )
  })
  return { ...webSession(session, Tensor), minPast: 1 }
}
