import { FrozenModel } from '../../shared/engine/frozen-model.ts'
import { Prompt } from '../../shared/engine/prompt.ts'
import type { Session } from '../../shared/engine/session.ts'
import { readModel } from '../../shared/engine/stored-model.ts'
import { readPromptFiles } from '../../shared/engine/stored-prompt.ts'
import { maxBytes } from '../../shared/formats/limits.ts'
import { loadTokenizer } from '../../shared/text/tokenizer.ts'
import { createApp } from '../../worker/app.ts'
import { servicesOf } from '../../worker/cloudflare/services.ts'
import { type Environment, settingsOf } from '../../worker/environment.ts'
import { ModelHost as RealModelHost } from '../../worker/host/model-host.ts'
import { openWorkerdSession } from '../../worker/runtimes/workerd.ts'
import { r2Store } from '../../worker/store/r2-store.ts'

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
  readonly #own = r2Store(this.env.BUCKET)
  #stopwatch: Promise<{ model: FrozenModel; session: Session }> | null = null
  readonly #loaded = new Map<string, Promise<Prompt>>()

  /** Milliseconds that one run of the batch takes. */
  async time({ model: name, prompts: names, texts, runs, what, bare = false }: BareRun): Promise<number> {
    this.#stopwatch ??= this.#open(name)
    const { model, session } = await this.#stopwatch
    const loaded = await Promise.all(names.map((prompt) => this.#prompt(prompt, model)))
    const at = (index: number) => loaded[index % loaded.length] as Prompt
    const rows = texts.map((text, index) => at(index).row(text))
    // one for all rows where they share it, as the host gives them
    const prompts = bare
      ? [model.unprompted]
      : (loaded.length === 1 ? loaded : texts.map((_, index) => at(index))).map(({ ready }) => ready)
    const feeds = model.family.feeds(rows, prompts, model.card.sizes)
    const start = performance.now()
    for (let run = 0; run < runs; run++) await (what === 'run' ? session.run(feeds, ['hidden']) : model.hidden(rows, prompts))
    return (performance.now() - start) / runs
  }

  async #open(name: string) {
    const { card, tokenizer, graph, weights } = await readModel(this.#own, name, maxBytes.model, { place: 'the bench', remedy: '' })
    const session = await openWorkerdSession(graph, weights)
    const encode = loadTokenizer(tokenizer, name, card.sizes.vocabulary)
    return { model: await FrozenModel.open({ card, encode }, async () => session), session }
  }

  #prompt(prompt: string, model: FrozenModel): Promise<Prompt> {
    const loaded = this.#loaded.get(prompt) ?? this.#load(prompt, model)
    this.#loaded.set(prompt, loaded)
    return loaded
  }

  async #load(prompt: string, model: FrozenModel): Promise<Prompt> {
    return Prompt.load(await readPromptFiles(this.#own, prompt), prompt, model, settingsOf(this.env).MAX_ROW_TOKENS)
  }
}

const app = createApp(servicesOf)

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
