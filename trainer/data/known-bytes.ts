/** What files that are no text begin with, and what to do about each. */
const begins: readonly (readonly [readonly number[], string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'it is a workbook of a spreadsheet, or another zip. Save its table as CSV in UTF-8.'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'it is a workbook of a spreadsheet. Save its table as CSV in UTF-8.'],
  [[0x1f, 0x8b], 'it is compressed by gzip. Unpack it first.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'it is compressed by Zstandard. Unpack it first.'],
  [[0xff, 0xfe], 'it is UTF-16. Save it as UTF-8.'],
  [[0xfe, 0xff], 'it is UTF-16. Save it as UTF-8.'],
  [[0x50, 0x41, 0x52, 0x31], 'it is Parquet. Let its name end in .parquet.'],
]

/** Why a file that begins with `bytes` can't be read as text, and the way out. */
export function notText(bytes: Uint8Array): string {
  const known = begins.find(([begin]) => begin.every((byte, i) => bytes[i] === byte))
  return known?.[1] ?? 'it is not UTF-8. Save it as UTF-8.'
}
