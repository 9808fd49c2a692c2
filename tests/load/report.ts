import Table from 'cli-table3'
import type { Figures } from './figures.ts'
import { total } from './measure.ts'

/** The figures as a person reads them: the ratio first. */
export function describeFigures(figures: Figures): string {
  const { ratio, authorizationsPerSecond, pgbench } = figures
  const tps = `${whole(pgbench.tps)} tps`
  const parts = figures.steps.map((step) => whole(step.pgbenchTpsAfterwards)).join(', ')
  return `
${ratio.toFixed(2)} × pgbench   ${whole(authorizationsPerSecond)} authorizations/s ÷ ${tps}
               with signatures, validation, logging and metrics on

${answersTable(figures)}

${cpuTable(figures)}

${ownTable(figures)}

${describeVerification(figures)}

  machine   ${figures.machine}
  database  ${figures.database}
  pgbench   ${pgbench.tool}
            in parts, one after each measurement: ${parts} tps
  stack     ${figures.stack.join('\n            ')}
  traffic   ${figures.traffic.join('\n            ')}`
}

function answersTable({ steps }: Figures): string {
  const head = ['connections', 'per second', '÷ pgbench', 'p50 ms', 'p99 ms', 'approved']
  return draw(
    [...head, 'problems', 'errors'],
    steps.map((step) => [
      String(step.connections),
      whole(step.authorizationsPerSecond),
      step.ratio.toFixed(2),
      step.p50Ms.toFixed(1),
      step.p99Ms.toFixed(1),
      `${step.approvedPercent.toFixed(2)} %`,
      String(total(step.problems)),
      String(total(step.errors)),
    ]),
  )
}

function cpuTable({ steps }: Figures): string {
  const names = Object.keys(steps[0]?.cpu ?? {})
  if (names.length === 0) return 'CPU shares cannot be read on this system.'
  return draw(
    ['% of a core', ...names],
    steps.map((step) => [
      String(step.connections),
      ...names.map((name) => whole(100 * (step.cpu[name] ?? 0))),
    ]),
  )
}

function ownTable({ steps }: Figures): string {
  const [first] = steps
  if (!first) return ''
  const stages = Object.keys(first.authorizer.stageMs)
  return draw(
    ['authorizer: ms in', ...stages, 'batch', 'loop p50', 'loop p99', 'RSS'],
    steps.map(({ connections, authorizer: own }) => [
      String(connections),
      ...stages.map((stage) => (own.stageMs[stage] ?? 0).toFixed(2)),
      `${own.itemsPerAccept.toFixed(1)}/${own.itemsPerConclude.toFixed(1)}`,
      own.eventLoopP50Ms.toFixed(1),
      own.eventLoopP99Ms.toFixed(1),
      own.residentBytes === undefined ? '-' : `${whole(own.residentBytes / 2 ** 20)} MiB`,
    ]),
  )
}

function describeVerification({ verification }: Figures): string {
  const { approvals, debitedOnce, executedTwice, withoutApproval, isRight } = verification
  const verdict = isRight ? 'right' : 'WRONG'
  const once = `${whole(debitedOnce)} of ${whole(approvals)} approvals`
  return `${verdict}: ${once} have exactly one debit of their amount
       at the exchange; ${executedTwice} references moved money twice
       (${withoutApproval} debits had another answer: settlement, which does not run here, credits them back)`
}

function draw(head: string[], rows: string[][]): string {
  const table = new Table({
    head,
    colAligns: head.map(() => 'right'),
    style: { head: [], border: [], compact: true },
  })
  table.push(...rows)
  return table.toString()
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}
