import { type Lines, LiveRegion } from './live-region.ts'
import { type Line, painted } from './styled.ts'

/** What is told while a command works, on standard error. */
export interface Told {
  /** A note, which --quiet leaves out. */
  log(line: Line): void
  /** What may be wrong. */
  warn(message: string): void
  /** What has failed while the rest goes on. */
  fail(line: Line): void
  /** Shows lines at the bottom of a terminal in the place of those before, until the next call or the end; a line alone where it is one, and none at all where it is null. Shows nothing where `live` is false. */
  status(lines: string | Lines | null): void
  /** Whether `status` is shown: on a terminal, unless --quiet. */
  readonly live: boolean
}

/** Tells on `stream`. `close` takes away what `status` shows. */
export function tellingOn(stream: NodeJS.WriteStream, { quiet }: { readonly quiet: boolean }): Told & { close(): void } {
  const region = new LiveRegion(stream)
  const live = !quiet && stream.isTTY === true && process.env.TERM !== 'dumb'
  const write = (line: Line) => region.write(painted(line, stream))
  return {
    live,
    log(line) {
      if (!quiet) write(line)
    },
    warn(message) {
      write([{ style: 'caution', text: 'Warning:' }, ` ${message}`])
    },
    fail: write,
    status(lines) {
      if (lines === null) region.clear()
      else if (live) region.show(typeof lines === 'string' ? () => [lines] : lines)
    },
    close() {
      region.clear()
    },
  }
}
