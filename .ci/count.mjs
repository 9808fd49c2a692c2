// Prints `N passed, N failed` from vitest's JSON reports in a folder. Fails when they tell of a failure, of no test, or
// of a test that did not run and does not say why (packages/testing/src/left-out.ts).
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [, , folder = ''] = process.argv
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
let passed = 0
let failed = 0
const left = []
for (const name of names) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  left.push(...tests.filter(({ status }) => status !== 'passed' && status !== 'failed'))
  // A file that cannot be loaded has failed without having a test to count.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  failed += report.numFailedTests + broken.length
}
if (passed + failed === 0) console.error('vitest ran no test')
for (const { fullName, meta } of left)
  console.error(`not run: ${fullName}: ${meta?.leftOut ?? 'no reason given'}`)
if (left.length > 0) console.error(`${left.length} tests did not run`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = passed > 0 && failed === 0 && left.every(({ meta }) => meta?.leftOut) ? 0 : 1
