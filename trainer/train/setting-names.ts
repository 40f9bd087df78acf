import { z } from 'zod'
import { TrainingSettings } from './settings.ts'

/** How a setting is named where it is stated: `tasks.routing.learningRate` in a project file, `learningRate` in a call. */
export type Naming = (setting: string) => string

const { properties: fields = {} } = z.toJSONSchema(TrainingSettings, { io: 'input' })
/** What else is stated of a training. */
const others = ['train', 'dev', 'out', 'model', 'verbalizers', 'textColumn', 'labelColumn', 'threads', 'resume', 'force', 'project', 'only']

/**
 * A message with the settings in it named as they are where it is read. Messages are written in the words of the command line, which names
 * each by its flag: `such as --steps 600` becomes `such as steps: 600`. What is no setting stays as it is.
 */
export function inNames(naming: Naming, message: string): string {
  return message.replace(
    /--(no-)?([a-z][a-z-]*[a-z])( [^\s.,:;)]+(?:\.\d+)?)?/g,
    (whole, no: string | undefined, flag: string, next = '') => {
      const setting = flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
      if (!Object.hasOwn(fields, setting) && !others.includes(setting)) return whole
      if (no !== undefined) return `${naming(setting)}: false${next}`
      return isValue(setting, next.trim()) ? `${naming(setting)}:${next}` : `${naming(setting)}${next}`
    },
  )
}

/** Whether the word behind a setting's flag is its value, and not how the sentence goes on. */
function isValue(setting: string, word: string): boolean {
  const { type, enum: names } = (fields[setting] ?? {}) as { type?: string; enum?: string[] }
  return names?.includes(word) === true || (/^(number|integer)$/.test(type ?? '') && /^\d/.test(word))
}
