import { excerpt, SoftPromptError } from '../../shared/error.ts'

/** Where a service is. Throws `usage` where `url` is no address of one. */
export function serviceAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : null
  if (address !== null && ['http:', 'https:'].includes(address.protocol)) return address
  throw new SoftPromptError('usage', `Cannot ask ${excerpt(url)}: it is not the address of a service, such as http://localhost:8787.`)
}

/** The service and the task that `url` means: `https://host/v1/tasks/NAME`, or a service alone, without a task. Throws as `serviceAddress` does. */
export function servedAddress(url: string): { url: string; task: string | null } {
  const { origin, pathname } = serviceAddress(url)
  const [, before, name] = /^(.*?)\/v1\/tasks(?:\/([^/]+)(?:\/classify)?)?\/*$/.exec(pathname) ?? []
  if (before === undefined) return { url, task: null }
  return { url: `${origin}${before}`, task: name === undefined ? null : decoded(name, url) }
}

function decoded(name: string, url: string): string {
  try {
    return decodeURIComponent(name)
  } catch (cause) {
    throw new SoftPromptError('usage', `Cannot ask ${excerpt(url)}: ${excerpt(name)} is not the name of a task.`, { cause })
  }
}
