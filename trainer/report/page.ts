import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import packageJson from '../../package.json' with { type: 'json' }
import { printableLines } from '../../shared/printable.ts'
import type { Markup } from './markup.ts'
import { style } from './style.ts'

/** What every report begins with, by which one is known. */
export const reportMark = '<!doctype html>\n<!-- softprompt report -->'

/** Nothing is fetched, run or sent; the one style sheet is known by its hash. */
const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`

/** A whole page, of one file. */
export async function page(title: string, body: Markup): Promise<string> {
  const content = await html`
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="softprompt ${packageJson.version}">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
${body}
</body>
</html>
`
  return `${reportMark}${printableLines(String(content))}` // what would turn the writing around is shown in place of that
}
