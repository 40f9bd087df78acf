import { type FileMetaData, parquetMetadata, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import { excerpt, SoftPromptError } from '../../../shared/error.ts'
import { nameOfLabel, namesInFeatures } from '../label-names.ts'
import { columnNames } from './column-names.ts'
import { type Column, columnValues } from './parquet-column.ts'
import { type Contents, neededColumns, type Reader, type Reading } from './reader.ts'

const magic = 'PAR1'
/** What a file says of itself at its end, with the lengths of all its parts. */
const maxFooterBytes = 2 ** 26
/** The rows and the stored bytes of a group that are decoded at once. */
const maxGroupRows = 2 ** 24
const maxChunkBytes = 2 ** 30

/** Parquet: the two columns, a group of rows after another. Labels that are places in a list of names, as Hugging Face writes them, get their names. */
export const parquet: Reader = {
  about: 'Parquet with the columns text and label',
  extensions: ['.parquet'],
  fallback: false,
  counts: 'row',
  header(contents, file) {
    try {
      return parquetSchema(readFooter(contents)).children.map(({ element }) => element.name)
    } catch (cause) {
      throw unreadable(file, cause)
    }
  },
  *records(contents, reading) {
    if (contents.size === 0) return
    const { file, columns } = reading
    let metadata: FileMetaData
    let wanted: readonly WantedColumn[]
    try {
      metadata = readFooter(contents)
      wanted = wantedColumns(parquetSchema(metadata).children, reading)
    } catch (cause) {
      throw unreadable(file, cause)
    }
    const names = namesOfLabels(metadata, wanted.find(({ name }) => name === columns.label)?.stored)
    let row = 0
    for (const group of metadata.row_groups) {
      let values: (readonly unknown[])[]
      try {
        values = wanted.map(({ column }) => readChunk(contents, group, column))
      } catch (cause) {
        throw unreadable(file, cause)
      }
      for (let i = 0; i < Number(group.num_rows); i++) {
        row++
        const value: Record<string, unknown> = {}
        for (const [column, { name }] of wanted.entries()) {
          const plain = plainValue(values[column]?.[i])
          const named = names !== null && name === columns.label && typeof plain === 'number'
          value[name] = named ? nameOfLabel(String(plain), names, `${file}, row ${row}`) : plain
        }
        yield { line: row, value }
      }
    }
  },
}

function unreadable(file: string, cause: unknown): SoftPromptError {
  if (cause instanceof SoftPromptError) return cause
  const why = excerpt((cause as Error).message, 160)
  const message = `Cannot read ${file} as Parquet: ${why}. Write it again, as pandas or pyarrow do where nothing else is asked for.`
  return new SoftPromptError('invalid_data', message, { cause })
}

/** A column to read: its name as it is asked for, and as the file has it. */
interface WantedColumn {
  readonly name: string
  readonly stored: string
  readonly column: Column
}

function readFooter(contents: Contents): FileMetaData {
  const { size } = contents
  const textAt = (start: number) => String.fromCharCode(...contents.bytes(start, start + magic.length))
  if (size < 12) throw new Error(`it has ${size} bytes`)
  if (textAt(0) === 'PARE' || textAt(size - magic.length) === 'PARE') throw new Error('it is encrypted')
  if (textAt(0) !== magic) throw new Error(`it does not begin with ${magic}`)
  if (textAt(size - magic.length) !== magic) throw new Error(`it does not end with ${magic}`)
  const length = new DataView(contents.bytes(size - 8, size - 4).buffer).getUint32(0, true)
  if (length > Math.min(size - 12, maxFooterBytes)) throw new Error(`its footer would have ${length} of ${size} bytes`)
  return parquetMetadata(contents.bytes(size - 8 - length, size), { geoparquet: false })
}

/** The columns that are needed. Throws where one is missing, or holds no plain values. */
function wantedColumns(children: readonly SchemaTree[], reading: Reading): WantedColumn[] {
  const named = columnNames(children.map(({ element }) => element.name), reading, reading.file) // biome-ignore format: one thought
  return neededColumns(reading).map((name) => {
    const child = children[named.indexOf(name)]
    if (child === undefined) throw new Error(`it has no column ${name}`)
    const { element, children: parts } = child
    const kind = parts.length > 0 || element.repetition_type === 'REPEATED' ? 'nested (a list or a struct)' : strange(element)
    if (kind === null) return { name, stored: element.name, column: { element, path: [child] } }
    throw new SoftPromptError(
      'invalid_data',
      `Cannot read ${reading.file}: column ${excerpt(JSON.stringify(element.name))} is ${kind}, and ${name === reading.columns.text ? 'text' : 'a label: text, a number, true or false'} is needed. Name another with --text-column or --label-column, or write it as text.`,
    )
  })
}

/** What a column holds that is neither text nor a number, true or false; null where it does. */
function strange({ type, converted_type: converted, logical_type: logical }: SchemaTree['element']): string | null {
  const kind = logical?.type ?? converted
  if (type === 'INT96' || type === 'FIXED_LEN_BYTE_ARRAY') return `of type ${type}`
  if (kind === undefined || ['UTF8', 'STRING', 'ENUM', 'INTEGER', 'NULL'].includes(kind) || /^U?INT_\d+$/.test(kind)) return null
  return `of type ${excerpt(kind)}`
}

/** The values of a column in a group of rows. */
function readChunk(contents: Contents, { columns, num_rows: count }: RowGroup, column: Column): readonly unknown[] {
  const { name } = column.element
  const rows = Number(count)
  if (!(rows >= 0 && rows <= maxGroupRows)) throw new Error(`a group has ${rows} rows, and at most ${maxGroupRows} are read`)
  if (rows === 0) return []
  const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema.length === 1 && meta.path_in_schema[0] === name)
  if (chunk?.meta_data === undefined || chunk.file_path) throw new Error(`a group of rows has no column ${name}`)
  const { codec, type, data_page_offset: data, dictionary_page_offset: dictionary, total_compressed_size: size } = chunk.meta_data
  if (type !== column.element.type) throw new Error(`column ${name} is of two types`)
  const start = Number(dictionary !== undefined && dictionary > 0n && dictionary < data ? dictionary : data)
  const end = start + Number(size)
  if (!(start >= magic.length && end >= start && end <= contents.size)) throw new Error(`column ${name} lies outside of it`)
  if (end - start > maxChunkBytes)
    throw new Error(`column ${name} has ${end - start} bytes in a group, and at most ${maxChunkBytes} are read`)
  return columnValues(contents.bytes(start, end), rows, codec, column)
}

/** The names of the labels, which Hugging Face's library keeps beside the columns; null where there are none. */
function namesOfLabels({ key_value_metadata: pairs = [] }: FileMetaData, column: string | undefined): readonly string[] | null {
  const stored = pairs.find(({ key }) => key === 'huggingface')?.value
  if (stored === undefined || column === undefined) return null
  try {
    return namesInFeatures(JSON.parse(stored).info, column)
  } catch {
    return null // the numbers are labels too
  }
}

/** A stored value; a number that JavaScript can't tell from its neighbours as its digits. */
function plainValue(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}
