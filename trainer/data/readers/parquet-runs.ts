import { readVarInt } from 'hyparquet/src/thrift.js'

/**
 * Throws where runs of one value, or of values packed in groups of 8, from `start` to `end` of a page claim more than `count` values of `width`
 * bits: a few bytes could claim two thousand million.
 */
export function requireRuns(page: Uint8Array, start: number, end: number, width: number, count: number): void {
  if (end > page.length) throw new Error('the runs of a page are longer than it')
  const reader = { view: new DataView(page.buffer, page.byteOffset, end), offset: start }
  let seen = 0
  while (seen < count && reader.offset < end) {
    const header = readVarInt(reader) >>> 0
    const packed = (header & 1) === 1
    const values = (header >>> 1) * (packed ? 8 : 1)
    if (values > count - seen + (packed ? 7 : 0)) throw new Error(`a run has ${values} values, where ${count - seen} are left`)
    seen += values
    reader.offset += packed ? (values / 8) * width : Math.ceil(width / 8)
  }
}
