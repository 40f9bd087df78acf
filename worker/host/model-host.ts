import { DurableObject } from 'cloudflare:workers'
import type { Room } from '../../shared/engine/stored-model.ts'
import { type Environment, settingsOf } from '../environment.ts'
import type { Answer, ClassifyCall, HostApi, HostStatus, Reply } from '../protocol.ts'
import { openWorkerdSession, wasmMemoryBytes } from '../runtimes/workerd.ts'
import { r2Store } from '../store/r2-store.ts'
import { Host } from './host.ts'
import { ResidentModels } from './resident-models.ts'

/**
 * The open models of this process, which its hosts share. A Durable Object is thrown away when it idles and made anew when it is
 * called, with nobody told: were a session its own, each time would leave one more copy of the weights in the WASM memory.
 */
let models: ResidentModels | null = null

const isolate: Room = {
  place: "a Worker's memory",
  remedy: 'Import it in a smaller weight format, take a smaller model, or serve it from a machine with more memory: softprompt serve.',
}

/** A host as a Durable Object. */
export class ModelHost extends DurableObject<Environment> implements HostApi {
  readonly #host: Host

  constructor(state: DurableObjectState, environment: Environment) {
    super(state, environment)
    const settings = settingsOf(environment)
    models ??= new ResidentModels(settings.MODEL_CACHE_BYTES, {
      open: ({ graph, weights }) => openWorkerdSession(graph, weights),
      room: isolate,
    })
    this.#host = new Host({ settings, store: r2Store(environment.BUCKET), models, runtimeBytes: wasmMemoryBytes })
  }

  classify(call: ClassifyCall): Promise<Reply<Answer[]>> {
    return this.#host.classify(call)
  }

  cancel(id: string): Promise<void> {
    return this.#host.cancel(id)
  }

  ready(model: string, prompt?: string): Promise<Reply<string>> {
    return this.#host.ready(model, prompt)
  }

  status(): Promise<HostStatus> {
    return this.#host.status()
  }
}
