/** A task as a test of a JUnit report: what is wrong with it, or null. */
interface JUnitCase {
  readonly name: string
  readonly seconds: number
  readonly failure: string | null
}

/** What a JUnit report begins with. */
export const junitMark = '<?xml'

/** A JUnit report of a project's tasks, as CI services read it. */
export function junitReport(cases: readonly JUnitCase[]): string {
  const failures = cases.filter(({ failure }) => failure !== null).length
  const seconds = cases.reduce((sum, each) => sum + each.seconds, 0).toFixed(3)
  return [
    `${junitMark} version="1.0" encoding="UTF-8"?>`,
    `<testsuites tests="${cases.length}" failures="${failures}" time="${seconds}">`,
    `  <testsuite name="softprompt" tests="${cases.length}" failures="${failures}" time="${seconds}">`,
    ...cases.map(({ name, seconds, failure }) => {
      const attributes = `name="${escaped(name)}" classname="softprompt" time="${seconds.toFixed(3)}"`
      return failure === null
        ? `    <testcase ${attributes}/>`
        : `    <testcase ${attributes}><failure message="${escaped(failure)}"/></testcase>`
    }),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

/** `text` in an attribute of XML 1.0, which has no other control characters than these. */
function escaped(text: string): string {
  const named: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    '\t': '&#9;',
    '\n': '&#10;',
    '\r': '&#13;',
  }
  return text
    .replace(/[&<>"\t\n\r]/g, (character) => named[character] as string)
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
}
