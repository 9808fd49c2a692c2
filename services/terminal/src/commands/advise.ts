import { ADVICE_REASONS, type AdviceReason } from '@tolem/domain/advice'
import type { AdviceBody } from '@tolem/wire/advice'
import { Argument, type Command, Option } from 'commander'
import { readAmount } from '../amounts.ts'
import { chooseCardToken, findBank, openDemo } from '../banks.ts'
import { dispatch, type ShowOptions } from '../delivery.ts'
import { renderAdvice } from '../follow-up-receipts.ts'
import { type Remembered, remember } from '../memory.ts'
import { adviceBody } from '../messages/follow-ups.ts'
import { type Sale, saleLike } from '../messages/sale.ts'
import { Mistake } from '../mistake.ts'
import {
  addPlaceOptions,
  addShowOptions,
  addTerminalOptions,
  type SaleOptions,
  saleOf,
  showOptionsOf,
} from '../sale-options.ts'
import { addTargetOptions, findTarget, type Target, type TargetOptions } from '../target.ts'
import type { Toolbox } from '../toolbox.ts'

type AdviseOptions = TargetOptions &
  ShowOptions &
  SaleOptions & { readonly amount?: string; readonly card?: string; readonly reason: AdviceReason }

type Decided = AdviceBody['decision']

const DECISIONS = ['approved', 'declined'] as const satisfies readonly Decided[]

/** `advise`: ends with 0 whenever the advice was taken, 1 otherwise. */
export function addAdvise(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('advise')
    .description('tell what the bank decided in our place (stand-in)')
    .addArgument(
      new Argument('[decision]', 'what the bank answered').choices(DECISIONS).default('approved'),
    )
    .addOption(
      new Option('--reason <reason>', 'why it stood in')
        .choices(ADVICE_REASONS)
        .default('issuer_unavailable'),
    )
  addShowOptions(addTargetOptions(command))
    .option('--amount <amount>', 'tenge (or --currency); with an original, default: its amount')
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
  addPlaceOptions(command, { merchant: 'Magnum', mcc: '5411' })
  addTerminalOptions(command)
    .addHelpText(
      'after',
      `\nEnds with 0 whenever it was taken, 1 otherwise. With --last or --id it is about that message,
else about one that Tolem was never asked.\n\nExamples:
  npm run terminal -- advise approved --bank halyk --amount 12500.00
  npm run terminal -- advise declined --last --reason issuer_timed_out`,
    )
    .action(async (decision: Decided, _, self: Command) => {
      toolbox.endWith(await advise(toolbox, decision, self.optsWithGlobals()))
    })
}

async function advise(
  toolbox: Toolbox,
  decision: Decided,
  options: AdviseOptions,
): Promise<number> {
  const demo = openDemo(options)
  const isAlone = options.id === undefined && options.last === undefined
  const target = isAlone ? undefined : await findTarget(demo, options)
  const bank = target?.bank ?? findBank(demo, need(options.bank, '--bank'))
  const sale = target
    ? saleAbout(target, options)
    : saleOf(
        { ...options, amount: need(options.amount, '--amount') },
        chooseCardToken(bank, options.card),
      )
  const body = adviceBody(
    { original: target?.original, sale, decision, reason: options.reason },
    toolbox.nextNumbers(),
  )
  const message: Remembered = {
    kind: 'advice',
    bank: bank.id,
    amount: (body.billingAmount ?? body.transactionAmount).value,
    body,
  }
  remember(options.home, message)
  return dispatch(
    toolbox,
    {
      demo,
      bank,
      body,
      send: (client, copy) => client.advise(copy),
      note: ({ authorizationId }) => remember(options.home, { ...message, authorizationId }),
      render: (delivery) => renderAdvice(target?.name, delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}

/** An advice repeats its original: the same card, at the same place, for the same tenge unless told otherwise. */
function saleAbout(target: Target, options: AdviseOptions): Sale {
  const amount = options.amount ?? need(target.amount, '--amount')
  const { cardToken, body } = target
  return { ...(body && saleLike(body)), cardToken, amount: readAmount(amount, 'KZT') }
}

function need(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new Mistake(`Give ${option}, or name the message that it is about: --last`)
  return value
}
