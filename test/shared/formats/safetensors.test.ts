import { afterEach, describe, expect, test, vi } from 'vitest'
import { SoftPromptError } from '../../../shared/error.ts'
import { headerLength, parseHeader, readMetadata, readSafetensors, writeSafetensors } from '../../../shared/formats/safetensors.ts'
import { seededRandom } from '../../../trainer/random.ts'

afterEach(() => vi.unstubAllGlobals())

const random = seededRandom(20)
const below = (limit: number) => Math.floor(random() * limit)
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!

/** Up to four tensors of up to three dimensions, empty ones and odd names among them. */
function randomTensors() {
  const names = ['a', 'prompt_embeddings', 'with "quotes" and \n', 'größe', 'model.layers.0', '']
  return Object.fromEntries(
    Array.from({ length: below(5) }, () => {
      const shape = Array.from({ length: below(4) }, () => below(5))
      const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random() * 2e3 - 1e3)
      return [pick(names), { shape, data }] as const
    }),
  )
}

test('what is written reads back, whatever the shapes and names, from any place in memory', () => {
  for (let i = 0; i < 200; i++) {
    const tensors = randomTensors()
    const written = writeSafetensors(tensors, { step: String(i) })
    const shifted = new Uint8Array(written.length + 7) // numbers that lie at no multiple of four
    shifted.set(written, 7)
    for (const bytes of [written, shifted.subarray(7), Buffer.from(written)]) {
      expect(Object.fromEntries(readSafetensors(bytes, 'a test'))).toEqual(tensors)
      expect(readMetadata(bytes, 'a test')).toEqual({ format: 'pt', step: String(i) })
    }
    expect(headerLength(written, written.length, 'a test') % 8).toBe(0)
  }
})

test('tensors come out in a memory of their own', () => {
  const bytes = writeSafetensors({ a: { shape: [2], data: Float32Array.of(1, 2) } })
  const { data } = readSafetensors(bytes, 'a test').get('a')!
  bytes.fill(0)
  expect(data).toEqual(Float32Array.of(1, 2))
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('%d is refused where it stands', (wrong) => {
  const bytes = writeSafetensors({ a: { shape: [4], data: Float32Array.of(0, 1, wrong, 3) } })
  expect(() => readSafetensors(bytes, 'file.safetensors')).toThrow(/file\.safetensors: tensor a holds .* at element 2/)
})

/** A file with this header, honest or not about its own length, before `dataBytes` zeros. */
function file(header: unknown, { dataBytes = 64, claims }: { dataBytes?: number; claims?: bigint } = {}): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, claims ?? BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const entry = { dtype: 'F32', shape: [4, 4], data_offsets: [0, 64] }

describe('lies are found before anything is read by them', () => {
  const lies: [string, Uint8Array, RegExp][] = [
    [
      'bytes before the first tensor',
      file({ a: { ...entry, data_offsets: [64, 128] } }, { dataBytes: 128 }),
      /before tensor a, belong to no tensor/,
    ],
    ['bytes after the last tensor', file({ a: entry }, { dataBytes: 68 }), /tensors end at byte/],
    ['no bytes', new Uint8Array(), /needs at least 8/],
    ['half a length', new Uint8Array(7), /needs at least 8/],
    [
      'a header one byte longer than the file',
      file({ a: entry }, { claims: BigInt(JSON.stringify({ a: entry }).length + 65) }),
      /claims \d+ bytes/,
    ],
    ['a header of 2⁶⁴ − 1 bytes', file({ a: entry }, { claims: 2n ** 64n - 1n }), /claims 18446744073709551615 bytes/],
    ['a header that ends early', file({ a: entry }, { claims: 10n }), /not JSON/],
    ['a header in another encoding', file('\u0000\ud800'), /not JSON/],
    ['a list', file([entry]), /no JSON object/],
    ['a number', file('7'), /no JSON object/],
    ['nothing', file('null'), /no JSON object/],
    ['a tensor that is a number', file({ a: 1 }), /malformed at a/],
    ['another type', file({ a: { ...entry, dtype: 'C64' } }), /type C64; .*F32, F16, BF16, .* are supported/],
    ['a type of another size', file({ a: { ...entry, dtype: 'F64' } }), /needs 128 bytes and claims 64/],
    ['a type that every object has', file({ a: { ...entry, dtype: 'constructor' } }), /type constructor/],
    ['a negative dimension', file({ a: { ...entry, shape: [-4, -4] } }), /malformed at a\.shape/],
    ['a fractional dimension', file({ a: { ...entry, shape: [1.5] } }), /malformed at a\.shape/],
    ['a dimension beyond the safe integers', file({ a: { ...entry, shape: [2 ** 60] } }), /malformed at a\.shape/],
    ['dimensions whose product overflows', file({ a: { ...entry, shape: [2 ** 50, 2 ** 50, 2 ** 50] } }), /needs/],
    ['seventeen dimensions', file({ a: { ...entry, shape: Array(17).fill(1) } }), /malformed at a\.shape/],
    ['too few bytes', file({ a: { ...entry, data_offsets: [0, 60] } }), /needs 64 bytes and claims 60/],
    ['an end before the beginning', file({ a: { ...entry, data_offsets: [64, 0] } }), /claims -64/],
    ['bytes past the end', file({ a: { ...entry, data_offsets: [4, 68] } }), /ends at byte/],
    ['bytes far past the end', file({ a: { dtype: 'F32', shape: [2 ** 40], data_offsets: [0, 2 ** 42] } }), /ends at byte/],
    ['two tensors in one place', file({ a: entry, b: { dtype: 'F32', shape: [1], data_offsets: [60, 64] } }), /overlap/],
  ]
  test.each(lies)('%s', (_what, bytes, message) => {
    expect(() => readSafetensors(bytes, 'x')).toThrow(SoftPromptError)
    expect(() => readSafetensors(bytes, 'x')).toThrow(message)
  })

  test('half precision is read as float32, and found by its place', () => {
    const half = file({ a: { dtype: 'BF16', shape: [4], data_offsets: [0, 8] } }, { dataBytes: 8 })
    expect(Array.from(readSafetensors(half, 'x').get('a')!.data)).toEqual([0, 0, 0, 0])
    const length = headerLength(half, half.length, 'x')
    expect(parseHeader(half.subarray(8, 8 + length), half.length, 'x').get('a')).toEqual({
      dtype: 'BF16',
      shape: [4],
      begin: 8 + length,
      end: 8 + length + 8,
    })
  })
})

test('whatever the bytes, nothing but a SoftPromptError comes, and no memory larger than the file is asked for', () => {
  let largest = 0
  const watched = <Base extends typeof Uint8Array | typeof Float32Array>(base: Base) =>
    new Proxy(base, {
      construct(target, args, newTarget) {
        const made = Reflect.construct(target, args, newTarget) as Uint8Array
        largest = Math.max(largest, made.byteLength)
        return made
      },
    })
  const inputs = Array.from({ length: 4000 }, () => mutated())
  vi.stubGlobal('Uint8Array', watched(Uint8Array))
  vi.stubGlobal('Float32Array', watched(Float32Array))
  let refused = 0
  for (const bytes of inputs) {
    largest = 0
    try {
      const tensors = readSafetensors(bytes, 'x')
      for (const { shape, data } of tensors.values()) expect(data.length).toBe(shape.reduce((a, b) => a * b, 1))
    } catch (error) {
      expect(error).toBeInstanceOf(SoftPromptError)
      refused++
    }
    expect(largest).toBeLessThanOrEqual(bytes.length)
  }
  expect(refused).toBeGreaterThan(1000)
  expect(refused).toBeLessThan(4000)
})

/** A good file with something wrong: bytes changed, cut or inserted, a number of the header replaced, the length field replaced. */
function mutated(): Uint8Array {
  const good = writeSafetensors(randomTensors())
  const kind = below(5)
  if (kind === 0) {
    const bytes = good.slice()
    for (let i = 0; i <= below(4); i++) bytes[below(bytes.length)] = below(256)
    return bytes
  }
  if (kind === 1) return good.slice(0, below(good.length))
  if (kind === 2) return Uint8Array.from([...good, ...Array.from({ length: below(20) }, () => below(256))])
  if (kind === 3) {
    const bytes = good.slice()
    new DataView(bytes.buffer).setBigUint64(
      0,
      BigInt(pick([0, 1, 2, good.length - 8, good.length - 7, 2 ** 31, 2 ** 32, 2 ** 53 - 1])),
      true,
    )
    return bytes
  }
  const length = headerLength(good, good.length, 'x')
  const header = new TextDecoder().decode(good.subarray(8, 8 + length))
  const numbers = ['0', '-1', '1e400', '1e9', '4294967296', '9007199254740993', 'null', '"x"', '[]', '{}', 'true']
  let left = below(4)
  return file(
    header.replace(/\d+/g, (digits) => (left-- === 0 ? pick(numbers) : digits)),
    { dataBytes: good.length - 8 - length },
  )
}
