/**
 * What a terminal, or a reader's eye, would obey in a text: control characters, marks that turn the direction of writing around, and
 * separators of lines and paragraphs.
 */
const commanding = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** `text` as one line that can be printed: what a terminal would obey stands there as JSON would escape it. */
export function printable(text: string): string {
  return text.replace(commanding, escaped)
}

/** `text` as `printable`, but for the ends of its lines, which stay. */
export function printableLines(text: string): string {
  return text.replace(commanding, (character) => (character === '\n' ? '\n' : escaped(character)))
}

function escaped(character: string): string {
  const short = JSON.stringify(character).slice(1, -1) // \n, \t, \u001b; JSON leaves what is no C0 as it is
  return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : short
}
