import { batchInputs } from '../../shared/engine/families/decoder.ts'
import { createApp } from '../../worker/app.ts'
import { FrozenModel } from '../../worker/host/frozen-model.ts'
import { ModelHost as RealModelHost } from '../../worker/host/model-host.ts'
import { ServedPrompt } from '../../worker/host/served-prompt.ts'
import { createSession } from '../../worker/runtimes/workerd.ts'
import type { Environment } from '../../worker/settings.ts'
import { readModelPackage } from '../../worker/store/model-files.ts'
import { readPromptFiles } from '../../worker/store/prompt-files.ts'

/** What to time: rows of these texts, the n-th after prompt n (of those given, again from the first when they run out). */
export interface BareRun {
  readonly model: string
  readonly prompts: readonly string[]
  readonly texts: readonly string[]
  readonly runs: number
  /** `session.run` alone, or the whole step from rows to hidden vectors. */
  readonly what: 'run' | 'step'
  /** Leave the prompts out of the rows. */
  readonly bare?: boolean
}

/** The real host, with a stopwatch beside it in the same process. */
export class ModelHost extends RealModelHost {
  #stopwatch: Promise<{ model: FrozenModel; session: Awaited<ReturnType<typeof createSession>> }> | null = null
  readonly #prompts = new Map<string, Promise<ServedPrompt>>()

  /** Milliseconds that one run of the batch takes. */
  async time({ model: name, prompts, texts, runs, what, bare = false }: BareRun): Promise<number> {
    this.#stopwatch ??= this.#open(name)
    const { model, session } = await this.#stopwatch
    const served = await Promise.all(prompts.map((prompt) => this.#served(prompt, model)))
    const rows = texts.map((text, index) => {
      const row = (served[index % served.length] as ServedPrompt).row(text)
      return bare ? { ...row, prefix: null } : row
    })
    const feeds = batchInputs(rows, model.card.sizes)
    const start = performance.now()
    for (let run = 0; run < runs; run++) await (what === 'run' ? session.run(feeds, ['hidden']) : model.hidden(rows))
    return (performance.now() - start) / runs
  }

  async #open(name: string) {
    const files = await readModelPackage(this.env.BUCKET, name)
    const session = await createSession(files.graph, files.weights)
    return { model: await FrozenModel.open(files), session }
  }

  #served(prompt: string, model: FrozenModel): Promise<ServedPrompt> {
    const served = this.#prompts.get(prompt) ?? this.#load(prompt, model)
    this.#prompts.set(prompt, served)
    return served
  }

  async #load(prompt: string, model: FrozenModel): Promise<ServedPrompt> {
    const files = await readPromptFiles(this.env.BUCKET, prompt)
    return ServedPrompt.load(files, prompt, {
      model: model.card,
      encode: model.encode,
      compile: (table) => model.compile(table),
      maxRowTokens: 512,
    })
  }
}

const app = createApp()

export default {
  async fetch(request, environment, context) {
    const { pathname } = new URL(request.url)
    if (!pathname.startsWith('/bench/')) return app.fetch(request, environment, context)
    const { MODEL_HOST } = environment as unknown as { MODEL_HOST: DurableObjectNamespace<ModelHost> }
    const body = await request.json<BareRun>()
    const host = MODEL_HOST.getByName(`${body.model}:any:0`)
    return Response.json(pathname === '/bench/time' ? await host.time(body) : await host.status())
  },
} satisfies ExportedHandler<Environment>
