import type { Store } from '../../shared/engine/store.ts'
import type { Traffic } from './traffic.ts'

/** Of a file that a card names. */
interface FileEntry {
  readonly bytes: number
  readonly sha256: string
}

/**
 * The packages of a service, each file checked against the hash in its package's name or card, and kept in the browser's cache under its own.
 * Throws `invalid_file` where other bytes come, and keeps nothing of them.
 */
export function fetchStore(service: string, traffic: Traffic): Pick<Store, 'read'> {
  const described = new Map<string, FileEntry>()
  return {
    async read(key, limit) {
      const [, folder = '', hash = '', file = ''] = /^(models|prompts)\/([0-9a-f]{64})\/(.+)$/.exec(key) ?? []
      const isCard = file === 'model.json' || file === 'prompt.json'
      const part = folder === 'models' ? 'model' : 'prompt'
      const entry = described.get(key)
      const bytes = await traffic.keptFile({
        url: service + key,
        name: file,
        part,
        isOfService: true,
        sha256: isCard ? hash : requireEntry(key, entry).sha256,
        ...(isCard ? { limit } : { bytes: Math.min(limit, requireEntry(key, entry).bytes) }),
      })
      if (!isCard) return bytes
      for (const [name, { bytes: size, sha256 }] of Object.entries(filesOf(bytes))) {
        described.set(`${folder}/${hash}/${name}`, { bytes: size, sha256 })
        traffic.expect({ url: `${service}${folder}/${hash}/${name}`, part }, size)
      }
      traffic.isWhole(service + key)
      return bytes
    },
  }
}

/** What a card, whose hash is right, says of its package's files. Whoever reads it checks it whole. */
function filesOf(card: Uint8Array): Record<string, FileEntry> {
  const { files } = JSON.parse(new TextDecoder().decode(card))
  return files
}

function requireEntry(key: string, entry: FileEntry | undefined): FileEntry {
  if (entry === undefined) throw new Error(`the card of ${key} was not read before it`)
  return entry
}
