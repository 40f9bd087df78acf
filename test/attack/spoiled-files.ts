import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { withHeader } from '../fixtures/written-checkpoint.ts'

/** A way to make a file hostile. */
export interface Spoiling {
  /** Which files it is for. */
  readonly of: RegExp
  /** Whether what comes of it may be a file that is right: then it may be taken. */
  readonly harmless: (path: string) => boolean
  /** Changes the file at `path`. `upTo` gives whole numbers below its argument. */
  spoil(path: string, upTo: (limit: number) => number): void
}

const any = /./
/** Also the folder itself, whose name is none. */
const all = /^/
const json = /\.json(l)?$/
const tensors = /\.safetensors$/
const rows = /\.(jsonl|csv)$/
const never = () => false
/** Files in which a letter or a number may be another one. */
const always = () => true

const rewritten = (path: string, change: (bytes: Buffer) => Uint8Array | string) => writeFileSync(path, change(readFileSync(path)))

/** In place of the file, what `make` makes. */
function replaced(path: string, make: () => void): void {
  rmSync(path, { recursive: true })
  make()
}

const deep = (open: string, depth: number) => open.repeat(depth)

/** Headers of safetensors that lie about what follows: its names, types, shapes and places. */
const lies: readonly ((header: Record<string, Entry>, name: string, size: number) => unknown)[] = [
  (header, name) => ({ ...header, [name]: { ...header[name], shape: [2 ** 40, 2 ** 40] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], shape: [-1, -1] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], shape: header[name]?.shape.map((length) => length + 1) } }),
  (header, name) => ({ ...header, [name]: { ...header[name], shape: Array(100_000).fill(1) } }),
  (header, name, size) => ({ ...header, [name]: { ...header[name], data_offsets: [size, 2 * size] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], data_offsets: [-8, 8] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], data_offsets: [8, 0] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], data_offsets: [0, Number.MAX_SAFE_INTEGER] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], data_offsets: [0.5, 4.5] } }),
  (header, name) => ({ ...header, [name]: { ...header[name], dtype: 'X'.repeat(100_000) } }),
  (header, name) => ({ ...header, [name]: null }),
  (header, name) => Object.fromEntries(Object.entries(header).map(([key, entry]) => [key === name ? '../../../etc/passwd' : key, entry])),
  (header, name) => Object.fromEntries(Object.entries(header).map(([key, entry]) => [key === name ? 'x'.repeat(100_000) : key, entry])),
  () => [1, 2, 3],
  () => 'no header',
]

interface Entry {
  readonly shape: readonly number[]
}

/** Every way, by what it does. */
export const spoilings: Readonly<Record<string, Spoiling>> = {
  truncated: {
    of: any,
    harmless: (path) => rows.test(path),
    spoil: (path, upTo) => rewritten(path, (bytes) => bytes.subarray(0, upTo(bytes.length))),
  },
  'bits flipped': {
    of: any,
    harmless: always,
    spoil: (path, upTo) =>
      rewritten(path, (bytes) => {
        for (let flips = 1 + upTo(8); flips > 0; flips--) {
          const at = upTo(bytes.length)
          bytes[at] = (bytes[at] as number) ^ (1 << upTo(8))
        }
        return bytes
      }),
  },
  'random bytes': {
    of: any,
    harmless: never,
    spoil: (path, upTo) => rewritten(path, () => Uint8Array.from({ length: 1 + upTo(5000) }, () => upTo(256))),
  },
  empty: { of: any, harmless: never, spoil: (path) => writeFileSync(path, '') },
  oversized: {
    of: any,
    harmless: never,
    spoil: (path, upTo) => truncateSync(path, 2 ** 31 + upTo(2 ** 31) + (upTo(2) === 0 ? 2 ** 36 : 0)), // zeros that take no room
  },
  'in UTF-16': {
    of: json,
    harmless: never,
    spoil: (path) => rewritten(path, (bytes) => Buffer.from(`\ufeff${bytes.toString()}`, 'utf16le')),
  },
  'not UTF-8': {
    of: json,
    harmless: always,
    spoil: (path, upTo) =>
      rewritten(path, (bytes) => {
        const at = upTo(bytes.length)
        return Buffer.concat([bytes.subarray(0, at), Buffer.from([0xc0, 0xaf, 0xed, 0xa0, 0x80]), bytes.subarray(at)])
      }),
  },
  'deeply nested': {
    of: json,
    harmless: never,
    spoil: (path, upTo) => {
      const open = ['[', '{"a":', '[{"text":'][upTo(3)] as string
      const depth = 1000 + upTo(200_000)
      const close = Array.from(open.replace(/[^[{]/g, ''), (letter) => (letter === '[' ? ']' : '}'))
        .reverse()
        .join('')
      writeFileSync(path, upTo(2) === 0 ? deep(open, depth) : `${deep(open, depth)}1${close.repeat(depth)}`)
    },
  },
  'of another kind': {
    of: json,
    harmless: never,
    spoil: (path, upTo) => writeFileSync(path, ['null', '[]', '"text"', '1e999', '{}', '{"__proto__": {"task": "x"}}'][upTo(6)] as string),
  },
  'with a field of another kind': {
    of: /^(?!.*tokenizer).*\.json$/,
    harmless: always,
    spoil: (path, upTo) =>
      rewritten(path, (bytes) => {
        const card = JSON.parse(bytes.toString())
        const names = Object.keys(card)
        const values = [null, -1, 1e308, 2 ** 53, '', '../../../tmp/x', 'x'.repeat(100_000), '\u001b[31m\r\n', [], {}, [[]], true]
        card[names[upTo(names.length)] as string] = values[upTo(values.length)]
        return JSON.stringify(card)
      }),
  },
  'with a header that lies': {
    of: tensors,
    harmless: never,
    spoil: (path, upTo) =>
      rewritten(path, (bytes) => {
        const length = Number(bytes.readBigUInt64LE(0))
        const header = JSON.parse(bytes.subarray(8, 8 + length).toString())
        const names = Object.keys(header).filter((name) => name !== '__metadata__')
        const lie = lies[upTo(lies.length)] as (typeof lies)[number]
        const data = bytes.subarray(8 + length)
        return withHeader(JSON.stringify(lie(header, names[upTo(names.length)] as string, data.length)), data)
      }),
  },
  'with a header of a length that lies': {
    of: tensors,
    harmless: never,
    spoil: (path, upTo) =>
      rewritten(path, (bytes) => {
        bytes.writeBigUInt64LE([0n, 1n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n, BigInt(bytes.length)][upTo(6)] as bigint)
        return bytes
      }),
  },
  'with a nested header': {
    of: tensors,
    harmless: never,
    spoil: (path, upTo) => rewritten(path, (bytes) => withHeader(deep('{"a":', 1000 + upTo(100_000)), bytes)),
  },
  'with rows of other kinds': {
    of: rows,
    harmless: never,
    spoil: (path, upTo) => {
      const row = ['{"text": 1, "label": "x"}', '{"text": "x"}', 'null', '{"text": "x", "label": ["x"]}', '{', '"', '\u0000'][upTo(7)]
      writeFileSync(path, path.endsWith('.csv') ? `${['text;label', 'a,b', '"text","label', 'text,text', ''][upTo(5)]}\n1,2\n` : `${row}\n`)
    },
  },
  'a folder': { of: any, harmless: never, spoil: (path) => replaced(path, () => mkdirSync(path)) },
  'a pipe': { of: all, harmless: never, spoil: (path) => replaced(path, () => execFileSync('mkfifo', [path])) },
  'a link to itself': { of: all, harmless: never, spoil: (path) => replaced(path, () => symlinkSync(path, path)) },
  'a link to a device': { of: all, harmless: never, spoil: (path) => replaced(path, () => symlinkSync('/dev/zero', path)) },
  'a link to nothing': { of: all, harmless: never, spoil: (path) => replaced(path, () => symlinkSync('/nonexistent', path)) },
  missing: { of: any, harmless: never, spoil: (path) => rmSync(path) },
}
