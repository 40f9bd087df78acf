import { cut, type Line, painted, widthOf } from './styled.ts'

/** What fits: the columns of a line, and the lines. */
export interface Size {
  readonly columns: number
  readonly rows: number
}

/** The lines to show, made for the size that the terminal has when they are drawn. */
export type Lines = (size: Size) => readonly Line[]

/** The least time between two drawings, in ms. */
const redrawEvery = 100

/**
 * Lines at the bottom of a terminal that are drawn over and over. The cursor is never hidden and stands below them, in an empty line, and
 * each drawing is one write: a process that ends at any moment leaves whole lines behind, and its shell goes on under them.
 */
export class LiveRegion {
  readonly #stream: NodeJS.WriteStream
  readonly #onResize = () => this.#draw()
  #lines: Lines | null = null
  #drawn: readonly Line[] = []
  #drawnAt = Number.NEGATIVE_INFINITY
  #later: NodeJS.Timeout | undefined

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
  }

  /** Shows `lines` now or, where the last drawing was a moment ago, as soon as that is long enough ago. */
  show(lines: Lines): void {
    if (this.#lines === null) this.#stream.on('resize', this.#onResize)
    this.#lines = lines
    const wait = this.#drawnAt + redrawEvery - performance.now()
    if (wait <= 0) this.#draw()
    else this.#later ??= setTimeout(() => this.#draw(), wait).unref()
  }

  /** Writes a line above, which stays. */
  write(line: string): void {
    this.#stream.write(`${this.#toTop()}${this.#drawn.length > 0 ? '\x1b[J' : ''}${line}\n${this.#painted('\n')}`)
  }

  /** Takes the lines away. */
  clear(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#stream.off('resize', this.#onResize)
    this.#lines = null
    if (this.#drawn.length > 0) this.#stream.write(`${this.#toTop()}\x1b[J`)
    this.#drawn = []
    this.#drawnAt = Number.NEGATIVE_INFINITY
  }

  #draw(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#drawnAt = performance.now()
    const columns = this.#columns - 1 // a full line would wrap
    const rows = (this.#stream.rows || 24) - 1 // the cursor's
    const top = this.#toTop()
    this.#drawn = (this.#lines?.({ columns, rows }) ?? []).slice(0, rows).map((line) => cut(line, columns))
    this.#stream.write(`${top}${this.#painted('\x1b[K\n')}\x1b[J`)
  }

  get #columns(): number {
    return this.#stream.columns || 80
  }

  /** To the beginning of the first line drawn, also from behind the ^C that a terminal shows. Where it has become narrower, it has wrapped them. */
  #toTop(): string {
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / this.#columns)), 0)
    return rows === 0 ? '' : `\r\x1b[${rows}A`
  }

  #painted(end: string): string {
    return this.#drawn.map((line) => painted(line, this.#stream) + end).join('')
  }
}
