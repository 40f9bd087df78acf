import { z } from 'zod'
import { excerpt, SoftPromptError } from '../error.ts'
import { elementCount } from '../tensor.ts'

/** Bytes an element, for the types that a file may hold. */
export const dtypeBytes = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const
export type Dtype = keyof typeof dtypeBytes

/** The types whose numbers are read here. */
const floatTypes = ['F32', 'F16', 'BF16'] as const
export type FloatDtype = (typeof floatTypes)[number]

/** Where a tensor lies: `begin` and `end` count bytes from the start of the file. */
export interface TensorEntry {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** The length field that every safetensors file begins with. */
export const lengthBytes = 8
/** The format's own limit for a header. */
const maxHeaderBytes = 100_000_000

const Header = z.record(
  z.string(),
  z.object({
    dtype: z.string(),
    shape: z.array(z.int().nonnegative()).max(16),
    data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
  }),
)

/** The header's size in bytes from a file's first 8. Throws where it is more than the file or the format can hold. */
export function headerLength(start: Uint8Array, fileBytes: number, where: string): number {
  if (start.length < lengthBytes) throw broken(where, `it has ${fileBytes} bytes and needs at least ${lengthBytes}`)
  const length = new DataView(start.buffer, start.byteOffset).getBigUint64(0, true)
  if (length > BigInt(Math.min(maxHeaderBytes, fileBytes - lengthBytes))) {
    throw broken(where, `its header claims ${length} bytes, and the file has ${fileBytes}`)
  }
  return Number(length)
}

/** The tensors of a header by name. Throws where one is of another type, has another size than its shape or lies past the end, or where they overlap or leave bytes between or after them. */
export function parseHeader(header: Uint8Array, fileBytes: number, where: string): Map<string, TensorEntry> {
  const { __metadata__: _, ...rest } = headerJson(header, where)
  const parsed = Header.safeParse(rest)
  if (!parsed.success) throw broken(where, `its header is malformed at ${excerpt(parsed.error.issues[0]?.path.join('.'))}`)

  const dataBegin = lengthBytes + header.length
  const entries = new Map<string, TensorEntry>()
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(parsed.data)) {
    if (!Object.hasOwn(dtypeBytes, dtype))
      throw broken(where, `tensor ${excerpt(name)} has type ${excerpt(dtype)}; ${Object.keys(dtypeBytes).join(', ')} are supported here`)
    const wanted = elementCount(shape) * dtypeBytes[dtype as Dtype]
    if (offsets[1] - offsets[0] !== wanted) {
      throw broken(where, `tensor ${excerpt(name)} of shape [${shape}] needs ${wanted} bytes and claims ${offsets[1] - offsets[0]}`)
    }
    const entry = { dtype: dtype as Dtype, shape, begin: dataBegin + offsets[0], end: dataBegin + offsets[1] }
    if (entry.end > fileBytes) throw broken(where, `tensor ${excerpt(name)} ends at byte ${entry.end}, and the file has ${fileBytes}`)
    entries.set(name, entry)
  }
  const inOrder = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end)
  let end = dataBegin
  for (const [name, entry] of inOrder) {
    if (entry.begin < end) throw broken(where, `tensor ${excerpt(name)} begins at byte ${entry.begin}, so it and the one before it overlap`)
    if (entry.begin > end) throw broken(where, `bytes ${end} to ${entry.begin}, before tensor ${excerpt(name)}, belong to no tensor`)
    end = entry.end
  }
  if (end !== fileBytes) throw broken(where, `its tensors end at byte ${end}, and the file has ${fileBytes}`)
  return entries
}

/** A small file whole in memory: its tensors by name, in float32. Throws on a value that is not finite. */
export function readSafetensors(bytes: Uint8Array, where: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const length = headerLength(bytes, bytes.length, where)
  const entries = parseHeader(bytes.subarray(lengthBytes, lengthBytes + length), bytes.length, where)
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
  for (const [name, { dtype: type, shape, begin, end }] of entries) {
    const dtype = requireFloats(type, name, where)
    const data = toFloat32(new Uint8Array(bytes.subarray(begin, end)), dtype)
    const wrong = data.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) throw broken(where, `tensor ${excerpt(name)} holds ${data[wrong]} at element ${wrong}`)
    tensors.set(name, { shape, data })
  }
  return tensors
}

/** The type of a tensor of floats. Throws where its numbers are of another. */
export function requireFloats(dtype: Dtype, name: string, where: string): FloatDtype {
  const found = floatTypes.find((known) => known === dtype)
  if (found !== undefined) return found
  throw broken(where, `tensor ${excerpt(name)} has type ${dtype}; ${floatTypes.join(', ')} are read here`)
}

/** A tensor's bytes, which lie at the beginning of their buffer, as numbers. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer)
  const halves = new Uint16Array(bytes.buffer)
  if (dtype === 'F16') return Float32Array.from(halves, (half) => float16Values()[half] as number)
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)
}

let float16Table: Float32Array | undefined

/** Every float16 as a float32, by its bits. */
function float16Values(): Float32Array {
  float16Table ??= Float32Array.from({ length: 65_536 }, (_, bits) => {
    const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15))
  })
  return float16Table
}

/** The strings that a file's header carries beside its tensors. */
export function readMetadata(bytes: Uint8Array, where: string): Record<string, string> {
  const length = headerLength(bytes, bytes.length, where)
  const header = headerJson(bytes.subarray(lengthBytes, lengthBytes + length), where)
  const parsed = z.record(z.string(), z.string()).safeParse(header.__metadata__ ?? {})
  if (!parsed.success) throw broken(where, 'its metadata are not all strings')
  return parsed.data
}

/** A safetensors file of float32 tensors, in the order given; the header is padded with spaces to a multiple of 8 bytes. */
export function writeSafetensors(
  tensors: Record<string, { shape: readonly number[]; data: Float32Array }>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } }
  let offset = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const text = JSON.stringify(header)
  const json = new TextEncoder().encode(text)
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(lengthBytes + padded + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.fill(0x20, lengthBytes, lengthBytes + padded)
  bytes.set(json, lengthBytes)
  offset = lengthBytes + padded
  for (const { data } of Object.values(tensors)) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
    offset += data.byteLength
  }
  return bytes
}

function headerJson(header: Uint8Array, where: string): Record<string, unknown> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(header))
  } catch (cause) {
    throw broken(where, `its header is not JSON (${excerpt((cause as Error).message)})`)
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw broken(where, 'its header is no JSON object')
  return json as Record<string, unknown>
}

function broken(where: string, why: string): SoftPromptError {
  return new SoftPromptError('invalid_file', `Cannot read ${where}: ${why}. Is it a whole safetensors file?`)
}
