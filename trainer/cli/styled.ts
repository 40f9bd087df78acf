import { styleText } from 'node:util'
import stringWidth from 'string-width'
import { printable } from '../../shared/printable.ts'

/** How a part of a line stands out, where colours are shown. */
const colours = { good: 'green', bad: 'red', caution: 'yellow', dim: 'dim' } as const

/** A part of a line that stands out. */
export interface Styled {
  readonly style: keyof typeof colours
  readonly text: string
}

/** A line for a terminal: text, or parts of which some stand out. */
export type Line = string | readonly (string | Styled)[]

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** `line` without anything that a terminal would obey but the colours that `stream` shows: NO_COLOR and FORCE_COLOR are heeded. */
export function painted(line: Line, stream: NodeJS.WritableStream): string {
  return partsOf(line)
    .map((part) => {
      if (typeof part === 'string') return printable(part)
      return part.text === '' ? '' : styleText(colours[part.style], printable(part.text), { stream, validateStream: true })
    })
    .join('')
}

/** The columns that `line` takes. */
export function widthOf(line: Line): number {
  return partsOf(line).reduce((sum, part) => sum + columnsOf(printable(textOf(part))), 0)
}

/** As much of `line` as `width` columns hold: what is shown in two columns is left whole or out. */
export function cut(line: Line, width: number): Line {
  let left = width
  return partsOf(line).map((part) => {
    let kept = ''
    for (const { segment } of graphemes.segment(printable(textOf(part)))) {
      left -= columnsOf(segment)
      if (left < 0) break
      kept += segment
    }
    return typeof part === 'string' ? kept : { ...part, text: kept }
  })
}

/** The columns that `text` takes at most: not every terminal joins what stands for one sign, such as a family. */
function columnsOf(text: string): number {
  return [...text].reduce((sum, character) => sum + stringWidth(character), 0)
}

function partsOf(line: Line): readonly (string | Styled)[] {
  return typeof line === 'string' ? [line] : line
}

function textOf(part: string | Styled): string {
  return typeof part === 'string' ? part : part.text
}
