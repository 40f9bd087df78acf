import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

/** How an owner is written: the place, the process id, and when the process began. */
const pattern = '[0-9a-f]{8}-[0-9]+-[0-9]+'

/**
 * A process, for the names of its temporary files and folders, so that a later process can tell which of them a killed one has left. A lock
 * would have to be made and removed beside them; a name comes and goes with what it names. The id of a process that has ended may be given to
 * another one, so the time at which it began is in the name too (0 where there is no /proc). And since ids mean nothing on another machine, or
 * in another container, that shares the disk, so is the place.
 */
export function ownerOf(pid = process.pid): string {
  return `${place()}-${pid}-${stateOf(pid)?.began ?? 0}`
}

/** The entries of `folder` whose names are `start`, an owner and `end`, where the owner certainly runs no more: it ran here, and has ended. */
export function orphans(folder: string, start: string, end: RegExp): string[] {
  const named = new RegExp(`^(${pattern})(?:${end.source})$`)
  return readdirSync(folder).flatMap((name) => {
    const owner = name.startsWith(start) ? named.exec(name.slice(start.length))?.[1] : undefined
    return owner !== undefined && hasGone(owner) ? [join(folder, name)] : []
  })
}

function hasGone(owner: string): boolean {
  const [where, pid, began] = owner.split('-')
  if (where !== place()) return false
  const state = stateOf(Number(pid))
  if (state !== null && began !== '0') return state.began !== began
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** When a process began, in ticks since the machine did, or `never` where it is listed but has ended; null where /proc doesn't tell. */
function stateOf(pid: number): { began: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ') // from the third on: the second may hold anything
    return { began: 'ZX'.includes(fields[0] ?? '') ? 'never' : (fields[19] ?? 'never') }
  } catch {
    return null
  }
}

/** The machine, or the container on it, that process ids belong to. */
function place(): string {
  let container = ''
  try {
    container = readlinkSync('/proc/self/ns/pid')
  } catch {} // not on Linux
  return createHash('sha256').update(`${hostname()} ${container}`).digest('hex').slice(0, 8)
}
