import { localDateTime } from '@tolem/domain/local-day'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import type { Command } from 'commander'
import { type CommonOptions, findBank, findOwner, openDemo } from '../banks.ts'
import { columns, labelled, RULE } from '../lines.ts'
import { renderDecision } from '../receipt.ts'
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
  const { billingAmount, answer } = record
  const amount = billingAmount ? `${billingAmount.value} ${billingAmount.currency}` : 'no tenge'
  return [
    '',
    labelled('Authorization', record.authorizationId),
    labelled('Asked for', `${record.type} of ${paint.strong(amount)}`),
    labelled('Card', `${record.cardToken}, ${bankName}`),
    labelled('State', paint.strong(record.reversalId ? `${record.state}, reversed` : record.state)),
    ...(record.reversalId ? [labelled('Reversal', record.reversalId)] : []),
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

function renderMovements({ movements }: AuthorizationRecord): string {
  if (movements.length === 0) return labelled('Movements', 'nothing was moved')
  return columns(
    ['Movement', 'Amount', 'Exchange', 'State', 'Reference'],
    movements.map((movement) => [
      movement.kind,
      `${movement.amount} ${movement.asset}`,
      movement.exchange,
      movement.state,
      movement.reference,
    ]),
    [1],
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
