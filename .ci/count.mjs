// Prints `N passed, N failed` from vitest's JSON reports in a folder. Fails when they tell of a failure or of no test.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [, , folder = ''] = process.argv
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
let passed = 0
let failed = 0
let left = 0
for (const name of names) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  passed += report.numPassedTests
  left += report.numPendingTests + report.numTodoTests
  // A file that cannot be loaded has failed without having a test to count.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  )
  failed += report.numFailedTests + broken.length
}
if (passed + failed === 0) console.error('vitest ran no test')
if (left > 0) console.error(`${left} tests did not run`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = passed > 0 && failed === 0 && left === 0 ? 0 : 1
