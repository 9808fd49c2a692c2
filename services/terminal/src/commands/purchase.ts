import type { Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { Command } from 'commander'
import { type CommonOptions, chooseCardToken, findBank, openDemo, withClient } from '../banks.ts'
import { rememberPurchase } from '../home.ts'
import { networkKeyOf, purchaseBody } from '../messages.ts'
import { readCategoryCode, readTenge } from '../option-readers.ts'
import { renderReceipt } from '../receipt.ts'
import type { Toolbox } from '../toolbox.ts'

type PurchaseOptions = CommonOptions & {
  readonly bank: string
  readonly amount: string
  readonly card?: string
  readonly merchant: string
  readonly mcc: string
  readonly json?: boolean
}

/** `purchase`: ends with 0 when approved, 2 when declined, 1 when there is no decision. */
export function addPurchase(program: Command, toolbox: Toolbox): void {
  program
    .command('purchase')
    .description('pay at the till and show the receipt')
    .requiredOption('--bank <id>', 'whose card it is, such as halyk')
    .requiredOption('--amount <kzt>', 'tenge, such as 12500.00', readTenge)
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
    .option('--merchant <name>', 'who sells', 'Magnum')
    .option('--mcc <code>', 'merchant category code', readCategoryCode, '5411')
    .option('--json', 'print request, answer and timing as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npm run terminal -- purchase --bank halyk --amount 12500.00',
    )
    .action(async (_, command: Command) => {
      toolbox.endWith(await purchase(toolbox, command.optsWithGlobals()))
    })
}

async function purchase(toolbox: Toolbox, options: PurchaseOptions): Promise<number> {
  const { shell } = toolbox
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const cardToken = chooseCardToken(bank, options.card)
  const { amount, merchant: merchantName, mcc: categoryCode } = options
  const body = purchaseBody(
    { cardToken, amount, merchantName, categoryCode },
    toolbox.nextNumbers(),
  )
  const remembered = {
    bank: bank.id,
    networkKey: networkKeyOf(body),
    amount,
    merchant: merchantName,
  }
  // Before it is sent: whatever happens to this process, `reverse --last` then finds it.
  rememberPurchase(options.home, remembered)
  const startedAt = shell.monotonicNow()
  const result = await withClient(demo, bank, (client) => client.authorize(body))
  const roundTripMs = shell.monotonicNow() - startedAt
  if (result.kind === 'decided') {
    const { authorizationId } = result.answer
    rememberPurchase(options.home, { ...remembered, authorizationId })
  }
  const receipt = { bankName: bank.name, url: demo.url, body, result, roundTripMs }
  shell.out(
    options.json
      ? `${JSON.stringify({ request: body, result, roundTripMs }, undefined, 2)}\n`
      : renderReceipt(receipt, shell.paint),
  )
  return exitCodeOf(result)
}

function exitCodeOf(result: Result<AuthorizationAnswer>): number {
  if (result.kind !== 'decided') return 1
  return result.answer.decision === 'declined' ? 2 : 0
}
