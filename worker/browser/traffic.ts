import { SoftPromptError } from '../../shared/error.ts'
import { sha256 } from '../../shared/formats/hashing.ts'
import type { LoadProgress } from './api.ts'
import { download } from './download.ts'
import { cachedBytes, keepBytes, onlyOne } from './kept-files.ts'

/** The most bytes of a task's details: its settings, and 64 versions. */
export const maxDetails = 2 ** 20

/** A file, known by its hash. */
interface WantedFile {
  readonly url: string
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
  readonly #files = new Map<string, { loaded: number; total: number }>()
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
    for (const [url, { loaded, total }] of this.#files) other.#note(url, loaded, total)
  }

  /** A file will come that has so many bytes. */
  expect(url: string, total: number): void {
    if (!this.#files.has(url)) this.#tell(url, 0, total)
  }

  /** What is at `url` now. It is no file, and is not counted. */
  async download(url: string, name: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
    return download({ url, name, limit, isWhole: false }, { ...this.#options(true), onBytes: () => {} })
  }

  /** A file from the cache, or from its address into it; whoever else wants it meanwhile, in another tab too, waits. Throws `invalid_file` where its bytes are others. */
  keptFile(file: WantedFile): Promise<Uint8Array<ArrayBuffer>> {
    if (file.bytes !== undefined) this.expect(file.url, file.bytes)
    return onlyOne(file.sha256, this.signal, async () => {
      const cached = await cachedBytes(file.sha256)
      if (cached !== null) {
        this.#cachedBytes += cached.length
        this.#tell(file.url, cached.length, cached.length)
        return cached
      }
      const bytes = await this.#download(file)
      const hash = await sha256(bytes)
      if (hash !== file.sha256) {
        throw new SoftPromptError(
          'invalid_file',
          `Cannot use ${file.name} from ${file.url}: its SHA-256 is ${hash}, and ${file.sha256} was wanted. It was changed in the store or on its way: publish it again, or see what stands between.`,
        )
      }
      await keepBytes(file.sha256, bytes)
      return bytes
    })
  }

  async #download({ url, name, isOfService, bytes, limit = bytes ?? 0 }: WantedFile): Promise<Uint8Array<ArrayBuffer>> {
    return download(
      { url, name, limit, isWhole: bytes !== undefined },
      {
        ...this.#options(isOfService),
        onBytes: (came, loaded) => {
          this.#downloadedBytes += came
          this.#tell(url, loaded, bytes ?? loaded)
        },
      },
    )
  }

  #options(isOfService: boolean) {
    const { apiKey, stallMs } = this.#settings
    const headers: Record<string, string> = apiKey !== null && isOfService ? { Authorization: `Bearer ${apiKey}` } : {}
    return { signal: this.signal, stallMs, headers }
  }

  #tell(url: string, loaded: number, total: number): void {
    for (const each of [this, ...this.#others]) each.#note(url, loaded, total)
  }

  #note(url: string, loaded: number, total: number): void {
    this.#files.set(url, { loaded, total })
    const sum = { loaded: 0, total: 0 }
    for (const file of this.#files.values()) {
      sum.loaded += file.loaded
      sum.total += file.total
    }
    this.#onProgress({ ...sum, file: decodeURIComponent(new URL(url).pathname.split('/').at(-1) ?? '') })
  }
}
