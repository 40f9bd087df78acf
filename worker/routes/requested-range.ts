import type { ByteRange } from '../../shared/engine/store.ts'

/**
 * What of a file of `bytes` bytes a request wants: one range of them, or the whole file where it names none, names several, says
 * something else (RFC 9110 lets a server answer those as if they were not there), or asks for a part of another file than `etag`'s.
 */
export function requestedRange(
  range: string | undefined,
  ifRange: string | undefined,
  etag: string,
  bytes: number,
): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(range ?? '') ?? []
  if ((first === '' && last === '') || (ifRange !== undefined && ifRange !== etag)) return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), bytes) // the last so many
    return length === 0 ? 'unsatisfiable' : { offset: bytes - length, length }
  }
  if (last !== '' && Number(last) < Number(first)) return 'whole'
  const end = last === '' ? bytes : Math.min(Number(last) + 1, bytes)
  return Number(first) >= bytes ? 'unsatisfiable' : { offset: Number(first), length: end - Number(first) }
}

/** Whether `If-None-Match` names `etag`, or any. */
export function isNamed(etag: string, ifNoneMatch: string | undefined): boolean {
  const names = (ifNoneMatch ?? '').split(',').map((name) => name.trim().replace(/^W\//, ''))
  return names.includes(etag) || names.includes('*')
}
