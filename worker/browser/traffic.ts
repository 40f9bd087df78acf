import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { LoadProgress } from './api.ts'
import { download } from './download.ts'
import { cachedBytes, keepBytes, onlyOne } from './kept-files.ts'

/** The most bytes of a task's details: its settings, and 64 versions. */
export const maxDetails = 2 ** 20

/** A file that is loaded, and what it is a part of: the model, with ONNX Runtime, or the prompt. */
interface ExpectedFile {
  readonly url: string
  readonly part: 'model' | 'prompt'
}

/** A file, known by its hash. */
interface WantedFile extends ExpectedFile {
  /** For people. */
  readonly name: string
  readonly sha256: string
  /** Whether the service gives it, which gets the API key. */
  readonly isOfService: boolean
  /** What it has, */
  readonly bytes?: number
  /** or at most. */
  readonly limit?: number
}

interface FileState extends Pick<ExpectedFile, 'part'> {
  readonly loaded: number
  /** Null while it is not known what will come after it: of a card until its files are. */
  readonly total: number | null
}

interface TrafficSettings {
  readonly apiKey: string | null
  readonly stallMs: number
}

/** What is loaded for one call of loadTask: it counts bytes, and stops when nobody wants them any more. */
export class Traffic {
  readonly signal: AbortSignal
  readonly #settings: TrafficSettings
  readonly #onProgress: (progress: LoadProgress) => void
  /** By address. */
  readonly #files = new Map<string, FileState>()
  readonly #others = new Set<Traffic>()
  #downloadedBytes = 0
  #cachedBytes = 0

  constructor(settings: TrafficSettings, signal: AbortSignal, onProgress: (progress: LoadProgress) => void) {
    this.#settings = settings
    this.signal = signal
    this.#onProgress = onProgress
  }

  get sums(): { downloadedBytes: number; cachedBytes: number } {
    return { downloadedBytes: this.#downloadedBytes, cachedBytes: this.#cachedBytes }
  }

  /** `other` waits for what is loaded here, and hears how far it is. */
  tellToo(other: Traffic): void {
    if (other === this) return
    this.#others.add(other)
    for (const [url, state] of this.#files) other.#files.set(url, state)
    const [last] = [...this.#files.keys()].slice(-1)
    if (last !== undefined) other.#report(last)
  }

  /** A file will come that has so many bytes; null where that is not known before it `isWhole`. */
  expect({ url, part }: ExpectedFile, total: number | null): void {
    if (!this.#files.has(url)) this.#tell(url, { part, loaded: 0, total })
  }

  /** The file at `url` has come, and all that it says will come is expected. */
  isWhole(url: string): void {
    const state = this.#files.get(url)
    if (state !== undefined) this.#tell(url, { ...state, total: state.loaded })
  }

  /** What is at `url` now. It is no file, and is not counted. */
  async download(url: string, name: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    return download({ url, name, limit, isWhole: false }, { ...this.#options(true), onBytes: () => {} })
  }

  /**
   * A file from the cache, or from its address into it; whoever else wants it meanwhile, in another tab too, waits. Where other bytes come it
   * is loaded once more, since what stands between may have mixed two; throws `invalid_file` where they are wrong again.
   */
  keptFile(file: WantedFile): Promise<Uint8Array<ArrayBuffer>> {
    const { url, name, part, sha256: wanted, bytes: total = null } = file
    this.expect(file, total)
    return onlyOne(wanted, this.signal, async () => {
      const cached = await cachedBytes(wanted)
      if (cached !== null) {
        this.#cachedBytes += cached.length
        this.#tell(url, { part, loaded: cached.length, total })
        return cached
      }
      for (let tries = 1; ; tries++) {
        const bytes = await this.#download(file)
        const hash = await sha256(bytes)
        if (hash === wanted) {
          await keepBytes(wanted, bytes)
          return bytes
        }
        if (tries === 2)
          throw new SoftPromptError(
            'invalid_file',
            `Cannot use ${name} from ${url}: its SHA-256 is ${hash}, and ${wanted} was wanted, on two tries. It was changed in the store or on its way: publish it again, or see what stands between.`,
          )
      }
    })
  }

  async #download({ url, name, part, isOfService, bytes, limit = bytes ?? 0 }: WantedFile): Promise<Uint8Array<ArrayBuffer>> {
    return download(
      { url, name, limit, isWhole: bytes !== undefined },
      {
        ...this.#options(isOfService),
        onBytes: (came, loaded) => {
          this.#downloadedBytes += came
          this.#tell(url, { part, loaded, total: bytes ?? null })
        },
      },
    )
  }

  #options(isOfService: boolean) {
    const { apiKey, stallMs } = this.#settings
    const headers: Record<string, string> = apiKey !== null && isOfService ? { Authorization: `Bearer ${apiKey}` } : {}
    return { signal: this.signal, stallMs, headers }
  }

  #tell(url: string, state: FileState): void {
    for (const each of [this, ...this.#others]) {
      each.#files.set(url, state)
      each.#report(url)
    }
  }

  /** Tells how far all is since `url` went on, once it is known how much that will be. */
  #report(url: string): void {
    const sum = { loaded: 0, total: 0 }
    const missing = new Set<ExpectedFile['part']>()
    for (const { part, loaded, total } of this.#files.values()) {
      if (total === null) return
      sum.loaded += loaded
      sum.total += total
      if (loaded < total) missing.add(part)
    }
    const phase = missing.has('model') ? 'model' : missing.has('prompt') ? 'prompt' : 'start'
    this.#onProgress({ ...sum, phase, file: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') })
  }
}
