import { z } from 'zod'
import { excerpt, SoftPromptError } from '../../shared/error.ts'
import { checkCard } from '../../shared/formats/card.ts'
import { TaskVersion } from '../../shared/formats/task-pointer.ts'
import { maxDetails, type Traffic } from './traffic.ts'

/** A version of a task, and where it is served. */
export interface ServedVersion extends TaskVersion {
  readonly task: string
  /** What the addresses of the service's files begin with: `https://my.worker/v1/`. */
  readonly service: string
}

/** Of a task's details, what is needed here. The live version is the first. */
const Details = z.object({ task: z.string(), versions: z.array(TaskVersion).min(1) })

/** What `url` names as it stands now: a task, or one of its versions. Throws where the service has no such thing. */
export async function servedVersion(url: string, traffic: Traffic): Promise<ServedVersion> {
  const { service, task, wanted } = parsedAddress(url)
  const bytes = await traffic.download(`${service}tasks/${task}`, `task ${task}`, maxDetails)
  const { versions } = checkCard(Details, json(bytes, url), url, 'storage')
  const [version, ...others] = wanted === null ? versions.slice(0, 1) : versions.filter(({ prompt }) => prompt.startsWith(wanted))
  if (version === undefined)
    throw new SoftPromptError('not_found', `Cannot find version ${excerpt(wanted)} of task ${task} at ${service}tasks/${task}.`)
  if (others.length > 0)
    throw new SoftPromptError(
      'usage',
      `Cannot tell which version of task ${task} is meant: more than one begins with ${wanted}. Give more digits.`,
    )
  return { ...version, task, service }
}

function parsedAddress(url: string): { service: string; task: string; wanted: string | null } {
  const [, service, task, wanted = null] = /^(https?:\/\/[^?#]*\/v1\/)tasks\/([a-z0-9_-]+)(?:@([0-9a-f]+))?\/?$/.exec(url) ?? []
  if (service !== undefined && task !== undefined) return { service, task, wanted }
  throw new SoftPromptError(
    'usage',
    `Cannot load ${excerpt(url, 200)}: it is not a task's address, such as https://my.worker/v1/tasks/routing.`,
  )
}

function json(bytes: Uint8Array, url: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new SoftPromptError('storage', `Cannot load ${url}: what came is not JSON. See that a softprompt service is there.`, { cause })
  }
}
