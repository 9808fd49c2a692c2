import { localDateTime } from '@tolem/domain/local-day'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import type { Command } from 'commander'
import { type CommonOptions, findBank, findOwner, openDemo } from '../banks.ts'
import { columns, labelled, RULE } from '../lines.ts'
import { renderDecision, tellAmount } from '../receipt.ts'
import type { Paint } from '../shell.ts'
import type { Toolbox } from '../toolbox.ts'

type ShowOptions = CommonOptions & { readonly bank?: string }

/** `show ID`: ends with 0 when the authorization is there. */
export function addShow(program: Command, toolbox: Toolbox): void {
  program
    .command('show')
    .description('tell the story of an authorization')
    .argument('<id>', 'which one, such as aut_…')
    .option('--bank <id>', 'whose it is (default: found out by asking)')
    .addHelpText(
      'after',
      '\nEnds with 0 when it is there, 1 otherwise.\n\nExample:\n' +
        '  npm run terminal -- show aut_0199f2a0-0000-7000-8000-000000000001',
    )
    .action(async (id: string, _, command: Command) => {
      toolbox.endWith(await show(toolbox, id, command.optsWithGlobals()))
    })
}

async function show({ shell }: Toolbox, id: string, options: ShowOptions): Promise<number> {
  const demo = openDemo(options)
  const banks = options.bank === undefined ? demo.banks : [findBank(demo, options.bank)]
  const { bank, record } = await findOwner(demo, banks, id)
  shell.out(renderStory(record, bank.name, shell.paint))
  return 0
}

/** An authorization from its receipt to where it stands now. */
export function renderStory(record: AuthorizationRecord, bankName: string, paint: Paint): string {
  const { billingAmount, answer, parentAuthorizationId, reversalId } = record
  const amount = billingAmount ? tellAmount(billingAmount) : 'no tenge'
  return [
    '',
    labelled('Authorization', record.authorizationId),
    ...(record.kind === 'authorization' ? [] : [labelled('Kind', record.kind)]),
    ...(parentAuthorizationId ? [labelled('Raises', parentAuthorizationId)] : []),
    labelled('Asked for', `${record.type} of ${paint.strong(amount)}`),
    labelled('Card', `${record.cardToken}, ${bankName}`),
    labelled('State', paint.strong(reversalId ? `${record.state}, reversed` : record.state)),
    ...(reversalId ? [labelled('Reversal', reversalId)] : []),
    ...renderHold(record),
    RULE,
    ...(answer ? renderDecision(answer, paint) : [labelled('Decision', 'none yet')]),
    RULE,
    renderMovements(record),
    '',
    renderEvents(record),
    '',
    '',
  ].join('\n')
}

/** What became of the tenge, line by line, as far as there was any. */
function renderHold(record: AuthorizationRecord): readonly string[] {
  const { approvedAmount, openAmount, holdUntil, closedAs } = record
  if (!approvedAmount) return []
  return [
    RULE,
    labelled('Approved', tellAmount(approvedAmount)),
    ...record.increments.map(({ authorizationId, state, approvedAmount: more, billingAmount }) =>
      labelled(
        'Increment',
        `${(more ?? billingAmount)?.value ?? '-'} ${state}, ${authorizationId}`,
      ),
    ),
    ...record.clearings.map(({ amount, outcome, clearingId, last }) =>
      labelled('Clearing', `${amount.value} ${outcome}${last ? ', last' : ''}, ${clearingId}`),
    ),
    ...record.refunds.map(({ amount, decision, refundId }) =>
      labelled('Refund', `${amount.value} ${decision}, ${refundId}`),
    ),
    ...record.exposures.map(({ amount, cause, state, collectedAmount }) =>
      labelled(
        'Exposure',
        `${amount.value} by ${cause}, ${state}, collected ${collectedAmount.value}`,
      ),
    ),
    ...(openAmount ? [labelled('Still held', tellAmount(openAmount))] : []),
    ...(closedAs ? [labelled('Closed as', closedAs)] : []),
    ...(holdUntil ? [labelled('Held until', holdUntil)] : []),
  ]
}

function renderMovements({ movements }: AuthorizationRecord): string {
  if (movements.length === 0) return labelled('Movements', 'nothing was moved')
  return columns(
    ['Movement', 'Why', 'Amount', 'Exchange', 'State', 'Reference'],
    movements.map((movement) => [
      movement.kind,
      movement.purpose,
      `${movement.amount} ${movement.asset}`,
      movement.exchange,
      movement.state,
      movement.reference,
    ]),
    [2],
  )
}

function renderEvents({ events, receivedAt }: AuthorizationRecord): string {
  const first = Date.parse(receivedAt)
  const rows = events.map(({ kind, occurredAt }) => {
    const instant = Date.parse(occurredAt)
    return [
      localDateTime(instant).replace('T', ' '),
      `+${instant - first} ms`,
      kind.replaceAll('_', ' '),
    ]
  })
  return columns(['When (Almaty)', 'After', 'What happened'], rows, [1])
}
