import { parseArgs } from 'node:util'
import { checkHistory, describeComparison, violationsIn } from './check.ts'

const USAGE = `npm run check:history -- --bank FILE --database URL --sandbox URL [--budget-ms 1000] [--tolerance-ms 250]
                         [--partial]

  --bank          the bank's history: NDJSON of calls and what was heard of them
  --database      Tolem's PostgreSQL: read only, but for temporary tables
  --sandbox       the exchange sandbox, whose control API tells what moved
  --budget-ms     what a bank gives us for an answer
  --partial       the history has not all that was asked: others asked as well
  --tolerance-ms  what the machine that measured may add to it

Ends with 1 when anything contradicts.
`

const { values } = parseArgs({
  options: {
    bank: { type: 'string' },
    database: { type: 'string' },
    sandbox: { type: 'string' },
    'budget-ms': { type: 'string', default: '1000' },
    'tolerance-ms': { type: 'string', default: '250' },
    partial: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const { bank, database, sandbox } = values
const budgetMs = Number(values['budget-ms'])
const toleranceMs = Number(values['tolerance-ms'])
const isUnderstood =
  Number.isFinite(budgetMs) && budgetMs > 0 && Number.isFinite(toleranceMs) && toleranceMs >= 0
if (!isUnderstood) process.stderr.write('--budget-ms and --tolerance-ms are milliseconds\n')
if (values.help || !isUnderstood || !bank || !database || !sandbox) {
  process.stdout.write(USAGE)
  process.exitCode = values.help ? 0 : 2
} else {
  const comparison = await checkHistory({
    bank,
    database,
    sandbox,
    isPartial: values.partial,
    budgetMs,
    toleranceMs,
  })
  process.stdout.write(describeComparison(comparison))
  process.exitCode = violationsIn(comparison).length === 0 ? 0 : 1
}
