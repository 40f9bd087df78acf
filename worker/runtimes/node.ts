import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Session } from '../../shared/engine/session.ts'
import { SoftPromptError } from '../../shared/error.ts'
import { NativeThreads } from '../../shared/native/threads.ts'

/** Models up to so many bytes have a session a core: each repacks the weights for its kernels, which is one more copy. */
const maxCopied = 2 ** 29

/** How many sessions a model of so many bytes has on `cores`: one a core, since sessions side by side wait for nobody, or one on all of them. */
export function sessionsFor(bytes: number, cores: number): number {
  return bytes <= maxCopied ? cores : 1
}

/**
 * A session of the graph in `graph`, whose external data are in `weights`, on `cores` of this machine: several threads with a session each,
 * so that runs go side by side and nothing of it holds up the event loop. Throws where ONNX Runtime refuses the graph, and `storage` where the
 * temporary folder does not take the weights.
 */
export async function openThreadedSession(graph: Uint8Array, weights: Uint8Array, cores: number): Promise<Session> {
  // from a file the sessions map the weights into memory, and share what they don't repack
  const folder = await mkdtemp(join(tmpdir(), 'softprompt-serve-')).catch(notWritten)
  const threads = new NativeThreads(sessionsFor(weights.length, cores), cores)
  const close = async () => {
    await threads.end()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await writeFile(join(folder, 'model.onnx.data'), weights).catch(notWritten)
    const session = await threads.open(graph, folder)
    // what is mapped stays until it is closed, or the process killed; Windows removes no file before
    await rm(folder, { recursive: true, force: true }).catch(() => undefined)
    return {
      ...session,
      release: close,
      get ended() {
        return threads.ended
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function notWritten(cause: Error): never {
  const why = `Cannot write a model's weights to the temporary folder: ${cause.message}. Make room in it, or name another one by TMPDIR.`
  throw new SoftPromptError('storage', why, { cause })
}
