/** What the engine throws, of SoftPromptError's fields those that are looked at here; a defect has none. */
interface EngineError extends Error {
  readonly code?: string
  readonly details?: readonly string[]
}

const off = 'switch “Run in this browser” off, so that the service answers'

/** What to say of an error of the engine on the page: by the controls that are there, where the engine speaks to who writes a page. */
export function engineProblem({ code, message, details = [] }: EngineError): string {
  if (code === 'unsupported' && details.length > 0)
    return `It can’t run as chosen: ${details.join('; ')}. Choose another device, or ${off}.`
  if (code === 'unauthorized') return 'The service refuses the API key that this page has. Reload the page, and enter another.'
  if (code === 'interrupted')
    return `The model ended in this browser, perhaps for want of memory. Classify again to load it anew, or ${off}.`
  return `${message.replace(/\.?$/, '.')} Try again, or ${off}.`
}
