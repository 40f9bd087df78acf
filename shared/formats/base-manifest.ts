import { sha256 } from './hashing.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * What a base is: everything that decides the numbers of a frozen model, whatever the format of its weights and however it is split
 * into files. A prompt fits one base alone, so a manifest, once made, must come out the same for ever: a new field is left out where it
 * has the value that it had silently before, and a change of what stands here is a new `version`.
 */
export type BaseManifest = {
  readonly version: 1
  /** The source's `model_type`. */
  readonly architecture: string
  /** The source's settings that change its numbers, under the source's names; one at the value that the format takes for a missing one is left out. */
  readonly config: { readonly [name: string]: Json }
  /** The source's tensors by name, as they are stored there. */
  readonly tensors: { readonly [name: string]: { readonly dtype: string; readonly shape: readonly number[]; readonly sha256: string } }
  /** The id before every text, or null. */
  readonly bos: number | null
  /** SHA-256 of tokenizer.json. */
  readonly tokenizer: string
}

/** A manifest's `config` without the fields that have the value that the format takes for a missing one. */
export function withoutDefaults(config: BaseManifest['config'], defaults: BaseManifest['config']): BaseManifest['config'] {
  const said = (name: string, value: Json) => defaults[name] === undefined || canonicalJson(value) !== canonicalJson(defaults[name])
  return Object.fromEntries(Object.entries(config).filter(([name, value]) => said(name, value)))
}

/** The SHA-256, in hexadecimal, of the manifest in its canonical form: what a base is known by. */
export function baseHash(manifest: BaseManifest): Promise<string> {
  return sha256(Uint8Array.from(new TextEncoder().encode(canonicalJson(manifest))))
}

/** JSON without spaces, the keys of every object in the order of their UTF-16 units, numbers as JavaScript writes them: RFC 8785. */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} is not JSON`)
    return JSON.stringify(value)
  }
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`
}
