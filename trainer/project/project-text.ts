import type { ProjectFile } from './project-file.ts'

/** The ways in which `init` writes a project file, by the end of its name. */
export const projectTexts: Readonly<Record<'yaml' | 'json' | 'ts', (content: ProjectFile) => string>> = {
  yaml: (content) =>
    [
      '# yaml-language-server: $schema=./node_modules/softprompt/dist/softprompt.schema.json',
      '# softprompt train learns what has changed; softprompt publish makes live what passes; softprompt status shows both.',
      ...yamlLines(content, ''),
      '',
    ].join('\n'),
  json: (content) => `${JSON.stringify({ $schema: './node_modules/softprompt/dist/softprompt.schema.json', ...content }, null, 2)}\n`,
  ts: (content) => `import { defineConfig } from 'softprompt/config'\n\nexport default defineConfig(${JSON.stringify(content, null, 2)})\n`,
}

/** An object as YAML, whose scalars and lists are written as JSON, which YAML reads. */
function yamlLines(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    const name = /^[a-zA-Z][\w-]*$/.test(key) ? key : JSON.stringify(key)
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return [`${indent}${name}: ${scalar(item)}`]
    return [`${indent}${name}:`, ...yamlLines(item, `${indent}  `)]
  })
}

/** A path or a word stands as it is where YAML would read it as the same text. */
function scalar(value: unknown): string {
  return typeof value === 'string' &&
    /^[a-zA-Z./][\w./-]*$/.test(value) &&
    !/^(true|false|yes|no|on|off|null|y|n|\.inf|\.nan)$/i.test(value)
    ? value
    : JSON.stringify(value)
}
