import type { TextAnswer } from '../../shared/engine/prompt.ts'

/** Answers beside their texts as a file holds them. */
type Write = (texts: readonly string[], answers: readonly TextAnswer[]) => string

const writers: Readonly<Record<string, Write>> = {
  '.jsonl': (texts, answers) => answers.map((answer, index) => `${JSON.stringify({ text: texts[index], ...answer })}\n`).join(''),
  '.csv'(texts, answers) {
    const rows = answers.map(({ label, labels, probability, truncated }, index) => [
      texts[index] as string,
      labels?.join(', ') ?? label ?? '', // empty where there is none
      String(probability),
      String(truncated),
    ])
    return [['text', 'label', 'probability', 'truncated'], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
  },
}

/** The names that files of answers may end in. */
export const answerFileEndings = Object.keys(writers)

/** How the file `path` is written; undefined where its name has none of the endings. */
export function answerWriter(path: string): Write | undefined {
  return Object.entries(writers).find(([ending]) => path.toLowerCase().endsWith(ending))?.[1]
}

/** A field of CSV: RFC 4180. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
