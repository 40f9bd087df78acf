/** The same call in several languages. */
export interface CodeSample {
  readonly language: string
  readonly code: string
}

/**
 * How to ask `tasks` about a text, or a list of them, at `origin`; `here` in TypeScript with the engine in the page. `withKey` reads the API key
 * from the environment, which a page has not: there it stands as API_KEY. A key is never shown.
 */
export function codeSamples(
  origin: string,
  tasks: readonly string[],
  input: string | readonly string[],
  withKey: boolean,
  here: boolean,
): CodeSample[] {
  const [only = 'TASK', ...others] = tasks
  const mixed = others.length > 0
  const path = mixed ? '/v1/classify' : `/v1/tasks/${only}/classify`
  const body = mixed ? { inputs: [input].flat().flatMap((text) => tasks.map((task) => ({ task, input: text }))) } : { input }
  return [
    { language: 'curl', code: curl(origin + path, JSON.stringify(body), withKey) },
    { language: 'TypeScript', code: here ? inPage(origin, tasks, input, withKey) : typescript(origin, only, mixed, body, withKey) },
    { language: 'Python', code: python(origin + path, body, withKey) },
  ]
}

function curl(url: string, body: string, withKey: boolean): string {
  const key = withKey ? ` \\\n  -H "authorization: Bearer $SOFTPROMPT_API_KEY"` : ''
  return `curl ${url} \\\n  -H 'content-type: application/json'${key} \\\n  -d '${body.replaceAll("'", "'\\''")}'`
}

function typescript(origin: string, task: string, mixed: boolean, body: object, withKey: boolean): string {
  const options = withKey ? `, {\n  headers: { Authorization: 'Bearer ' + process.env.SOFTPROMPT_API_KEY },\n}` : ''
  const json = JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')
  const call = mixed
    ? `client.v1.classify.$post({\n  json: ${json},\n})`
    : `client.v1.tasks[':task'].classify.$post({\n  param: { task: ${JSON.stringify(task)} },\n  json: ${json},\n})`
  return `import { createClient } from 'softprompt/client'

const client = createClient(${JSON.stringify(origin)}${options})
const response = await ${call}
console.log(await response.json())`
}

function inPage(origin: string, tasks: readonly string[], input: string | readonly string[], withKey: boolean): string {
  const options = withKey ? `, { apiKey: 'API_KEY' }` : ''
  const [only = 'TASK', ...others] = tasks
  const begin = "import { loadTask } from 'softprompt/browser'\n\n"
  const json = JSON.stringify(input, null, 2)
  if (others.length === 0)
    return `${begin}const task = await loadTask(${JSON.stringify(`${origin}/v1/tasks/${only}`)}${options})
console.log(await task.classify(${json}))`
  const load = `loadTask(\`${origin}/v1/tasks/\${name}\`${options})`
  return `${begin}const names = ${JSON.stringify(tasks)}
const tasks = await Promise.all(names.map((name) => ${load}))
const input = ${json}
console.log(await Promise.all(tasks.map((task) => task.classify(input))))`
}

function python(url: string, body: object, withKey: boolean): string {
  const key = withKey ? ', "authorization": "Bearer " + os.environ["SOFTPROMPT_API_KEY"]' : ''
  return `import json${withKey ? ', os' : ''}, urllib.request

body = ${JSON.stringify(body, null, 4)}
headers = {"content-type": "application/json"${key}}
request = urllib.request.Request(${JSON.stringify(url)}, json.dumps(body).encode(), headers)
print(json.load(urllib.request.urlopen(request)))`
}
