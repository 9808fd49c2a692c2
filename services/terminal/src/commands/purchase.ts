import type { AuthorizationType } from '@tolem/domain/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { type Command, Option } from 'commander'
import { chooseCardToken, findBank, openDemo } from '../banks.ts'
import { dispatch } from '../delivery.ts'
import { type Remembered, remember } from '../memory.ts'
import { purchaseBody, type Sale } from '../messages/sale.ts'
import { readTenge } from '../option-readers.ts'
import { renderReceipt } from '../receipt.ts'
import {
  addPayOptions,
  addPlaceOptions,
  addTerminalOptions,
  type PayOptions,
  type SaleOptions,
  saleOf,
  showOptionsOf,
} from '../sale-options.ts'
import type { Toolbox } from '../toolbox.ts'

type PurchaseOptions = PayOptions &
  SaleOptions & {
    readonly type?: AuthorizationType
    readonly cashback?: string
    readonly partial?: boolean
  }

const EXIT_CODES = 'Ends with 0 when approved, 2 when declined, 1 when there is no decision.'

/** `purchase`: ends with 0 when approved, 2 when declined, 1 when there is no decision. */
export function addPurchase(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('purchase')
    .description('pay at the till, on the web or by phone, and show the receipt')
    .addOption(new Option('--type <type>', 'default: purchase').choices(['purchase', 'quasi_cash']))
    .addOption(
      new Option('--cashback <kzt>', 'cash handed out at the till, part of the amount')
        .argParser(readTenge)
        .conflicts('type'),
    )
    .option('--partial', 'the terminal takes an approval of less')
  addPlaceOptions(addPayOptions(command), { merchant: 'Magnum', mcc: '5411' })
  addTerminalOptions(command)
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExamples:
  npm run terminal -- purchase --bank halyk --amount 12500.00
  npm run terminal -- purchase --bank halyk --amount 15000.00 --cashback 5000.00 --pin
  npm run terminal -- purchase --bank forte --amount 25.00 --currency EUR --billing 14250.00`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<PurchaseOptions>()
      const code = await ask(toolbox, options, (cardToken) => ({
        ...saleOf(options, cardToken),
        type: options.type,
        cashback: options.cashback,
        isPartialApprovalSupported: options.partial,
      }))
      toolbox.endWith(code)
    })
}

/** `withdraw`: cash at a cash machine. Ends as `purchase` does. */
export function addWithdraw(program: Command, toolbox: Toolbox): void {
  const command = program.command('withdraw').description('take cash at a cash machine, with PIN')
  addPlaceOptions(addPayOptions(command), { merchant: 'Tolem cash machine', mcc: '6011' })
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExample:\n  npm run terminal -- withdraw --bank halyk --amount 50000.00`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<PayOptions & SaleOptions>()
      const code = await ask(toolbox, options, (cardToken) => ({
        ...saleOf(options, cardToken),
        type: 'cash_withdrawal',
        channel: 'atm',
      }))
      toolbox.endWith(code)
    })
}

/** Sends what asks for money, and remembers it. Gives the exit code. */
async function ask(
  toolbox: Toolbox,
  options: PayOptions,
  toSale: (cardToken: string) => Sale,
): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const sale = toSale(chooseCardToken(bank, options.card))
  const body = purchaseBody(sale, toolbox.nextNumbers())
  const message: Remembered = {
    kind: 'authorization',
    bank: bank.id,
    amount: tengeOf(body),
    body,
  }
  // Before it is sent: whatever happens to this process, `reverse --last` then finds it.
  remember(options.home, message)
  return dispatch(
    toolbox,
    {
      demo,
      bank,
      body,
      send: (client, copy) => client.authorize(copy),
      note: ({ authorizationId, approvedAmount }) =>
        remember(options.home, {
          ...message,
          authorizationId,
          amount: approvedAmount?.value ?? message.amount,
        }),
      render: (delivery) => renderReceipt(delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}

function tengeOf({ billingAmount, transactionAmount }: AuthorizationBody): string {
  return (billingAmount ?? transactionAmount).value
}
