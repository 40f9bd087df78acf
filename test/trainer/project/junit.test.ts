import { expect, test } from 'vitest'
import { junitReport } from '../../../trainer/project/junit.ts'

test('a report counts its tasks, their failures and their seconds', () => {
  expect(
    junitReport([
      { name: 'a', seconds: 1.25, failure: null },
      { name: 'b', seconds: 0.5, failure: 'accuracy 0.5 on dev is below 0.9' },
    ]),
  ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="2" failures="1" time="1.750">
  <testsuite name="softprompt" tests="2" failures="1" time="1.750">
    <testcase name="a" classname="softprompt" time="1.250"/>
    <testcase name="b" classname="softprompt" time="0.500"><failure message="accuracy 0.5 on dev is below 0.9"/></testcase>
  </testsuite>
</testsuites>
`)
})

test('a failure’s text is text in XML, whatever is in it', () => {
  const failure = `"a" & <b>\n\u0000\u001b[2J\ud800 ünï 🎉`
  const report = junitReport([{ name: 'a', seconds: 0, failure }])
  expect(report).toContain('message="&quot;a&quot; &amp; &lt;b&gt;&#10;\ufffd\ufffd[2J\ufffd ünï 🎉"')
})
