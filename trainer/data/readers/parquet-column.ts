import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { decompress as unzstd } from 'fzstd'
import type { CompressionCodec, Compressors, DecodedArray, SchemaElement, SchemaTree } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { decompressPage, readDataPage, readDataPageV2 } from 'hyparquet/src/datapage.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { requireRuns } from './parquet-runs.ts'

/** A column of plain values. */
export interface Column {
  readonly element: SchemaElement
  /** The way to it from the top of the schema. */
  readonly path: SchemaTree[]
}

/** What a page may come to, decompressed. Writers make pages of about a megabyte. */
const maxPageBytes = 2 ** 28
/** The values of a dictionary, of which a group of rows need not use all. */
const maxEntries = 2 ** 24

/** The ways to store values whose size in memory follows from what is checked here. DELTA_BYTE_ARRAY is none of them. */
const encodings = ['PLAIN', 'PLAIN_DICTIONARY', 'RLE_DICTIONARY', 'RLE', 'DELTA_BINARY_PACKED', 'DELTA_LENGTH_BYTE_ARRAY', 'BYTE_STREAM_SPLIT'] // biome-ignore format: one list

/** Each writes no more than a page's length. SNAPPY is hyparquet's own. */
const compressors: Compressors = {
  GZIP: (input, length) => gunzipSync(input, { maxOutputLength: Math.max(1, length) }),
  BROTLI: (input, length) => brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ZSTD: (input, length) => unzstd(input, new Uint8Array(length)),
}

const codecs: readonly string[] = ['UNCOMPRESSED', 'SNAPPY', ...Object.keys(compressors)]

const strict = new TextDecoder('utf-8', { fatal: true })
const parsers = {
  ...DEFAULT_PARSERS,
  stringFromBytes(bytes: Uint8Array) {
    try {
      return bytes && strict.decode(bytes)
    } catch (cause) {
      throw new Error('a text is not UTF-8', { cause })
    }
  },
}

/**
 * The `rows` values of a column, null where there is none, from the bytes of its pages in one group of rows. Every size that a page claims is
 * checked before hyparquet, which believes it, decodes the page. Throws where one is wrong.
 */
export function columnValues(bytes: Uint8Array, rows: number, codec: CompressionCodec, column: Column): unknown[] {
  const { element } = column
  const { type } = element
  if (type === undefined) throw new Error(`column ${element.name} has no type`)
  if (!codecs.includes(codec)) throw new Error(`its compression ${codec} is not one of ${codecs.join(', ')}`)
  const decoder = { pathInSchema: [element.name], type, element, schemaPath: [root, ...column.path], codec, parsers, compressors }
  const optional = element.repetition_type !== 'REQUIRED'
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
  const values: unknown[] = []
  let dictionary: DecodedArray | undefined
  while (values.length < rows) {
    if (reader.offset >= bytes.length) throw new Error(`column ${element.name} ends after ${values.length} of ${rows} rows`)
    const header = parquetHeader(reader)
    const [size, unpacked] = [requireSize(header.compressed_page_size), requireSize(header.uncompressed_page_size)]
    if (reader.offset + size > bytes.length) throw new Error(`a page of column ${element.name} is cut`)
    const stored = bytes.subarray(reader.offset, reader.offset + size)
    reader.offset += size
    const { data_page_header: first, data_page_header_v2: second, dictionary_page_header: words } = header

    if (header.type === 'DICTIONARY_PAGE' && words) {
      const page = decompressPage(stored, unpacked, codec, compressors)
      const entries = requireCount(words.num_values, maxEntries)
      dictionary = convert(readPlain({ view: viewOf(page), offset: 0 }, type, entries, element.type_length), decoder)
    } else if (header.type === 'DATA_PAGE' && first) {
      const count = requireCount(first.num_values, rows - values.length)
      requireEncoding(first.encoding, dictionary)
      const page = decompressPage(stored, unpacked, codec, compressors)
      const levels = optional ? 4 + viewOf(page).getUint32(0, true) : 0
      if (optional) requireRuns(page, 4, levels, 1, count)
      requireIndexes(page, levels, first.encoding, type, count)
      const { definitionLevels = [], dataPage } = readDataPage(page, first, decoder)
      append(values, convertWithDictionary(dataPage, dictionary, first.encoding, decoder), definitionLevels, count)
    } else if (header.type === 'DATA_PAGE_V2' && second) {
      const count = requireCount(second.num_values, rows - values.length)
      requireCount(second.num_nulls, count)
      requireEncoding(second.encoding, dictionary)
      const levels = second.repetition_levels_byte_length + second.definition_levels_byte_length
      if (!(levels >= 0 && levels <= Math.min(size, unpacked))) throw new Error('the levels of a page are longer than it')
      if (optional) requireRuns(stored, second.repetition_levels_byte_length, levels, 1, count)
      const packed = stored.subarray(levels)
      const plain = second.is_compressed !== false && unpacked > levels
      const page = plain ? decompressPage(packed, unpacked - levels, codec, compressors) : packed
      requireIndexes(page, 0, second.encoding, type, count)
      const whole = Uint8Array.from(Buffer.concat([stored.subarray(0, levels), page]))
      const asStored = { ...header, data_page_header_v2: { ...second, is_compressed: false } }
      const { definitionLevels = [], dataPage } = readDataPageV2(whole, asStored, decoder)
      append(values, convertWithDictionary(dataPage, dictionary, second.encoding, decoder), definitionLevels, count)
    } else if (header.type !== 'INDEX_PAGE') throw new Error(`a page of column ${element.name} is of no known type`)
  }
  return values
}

/** What stands above every column. */
const root: SchemaTree = { count: 1, element: { name: 'root', repetition_type: 'REQUIRED' }, children: [], path: [] }

/** Adds `count` values to `all`: where there are levels, null for each that is 0. */
function append(all: unknown[], values: DecodedArray, levels: readonly number[], count: number): void {
  let next = 0
  for (let i = 0; i < count; i++) all.push(levels.length > 0 && levels[i] !== 1 ? null : values[next++])
}

function requireSize(bytes: number): number {
  if (bytes >= 0 && bytes <= maxPageBytes) return bytes
  throw new Error(`a page has ${bytes} bytes, and at most ${maxPageBytes} are read`)
}

function requireCount(count: number, most: number): number {
  if (count >= 0 && count <= most) return count
  throw new Error(`a page has ${count} values, where at most ${most} can be`)
}

function requireEncoding(encoding: string, dictionary: DecodedArray | undefined): void {
  if (!encodings.includes(encoding)) throw new Error(`its encoding ${encoding} is not one of ${encodings.join(', ')}`)
  if (encoding.endsWith('_DICTIONARY') && dictionary === undefined) throw new Error('a page comes before its dictionary')
}

/** Checks the runs that a page's values are stored in, from `start` on, where they are. */
function requireIndexes(page: Uint8Array, start: number, encoding: string, type: string, count: number): void {
  if (encoding === 'RLE') {
    if (type !== 'BOOLEAN') throw new Error(`encoding RLE is read for true and false alone`)
    requireRuns(page, start + 4, page.length, 1, count)
  } else if (encoding.endsWith('_DICTIONARY') && count > 0 && page.length > start) {
    const width = page[start] ?? 0
    if (width > 32) throw new Error(`an index has ${width} bits`)
    requireRuns(page, start + 1, page.length, width, count)
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
