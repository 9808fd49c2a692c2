import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import { type Command, Option } from 'commander'
import { chooseCardToken, findBank, openDemo } from '../banks.ts'
import { dispatch, type ShowOptions } from '../delivery.ts'
import { renderClearing, renderRefund } from '../follow-up-receipts.ts'
import { clearingBody, type Original, refundBody } from '../messages/follow-ups.ts'
import { Mistake } from '../mistake.ts'
import { readTenge } from '../option-readers.ts'
import { addShowOptions, showOptionsOf } from '../sale-options.ts'
import { addTargetOptions, findTarget, type TargetOptions } from '../target.ts'
import type { Toolbox } from '../toolbox.ts'

type AfterOptions = TargetOptions &
  ShowOptions & { readonly amount?: string; readonly card?: string }
type ClearOptions = AfterOptions & { readonly notLast?: boolean; readonly force?: boolean }
type RefundOptions = AfterOptions & { readonly unmatched?: boolean }

/** What is claimed or given back, and of what. */
type Claim = {
  readonly bank: DemoBank
  readonly original: Original | undefined
  readonly name: string
  readonly cardToken: string
  readonly amount: string
  readonly terminalId: string | undefined
}

/** `clear`: ends with 0 whenever the presentment was taken, 1 otherwise. */
export function addClear(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('clear')
    .description('present what the acquirer claims; without options, all of the last one')
    .addOption(
      new Option('--force', 'a force post: without an authorization').conflicts(['id', 'last']),
    )
    .option('--not-last', 'a further presentment follows')
  addShowOptions(addTargetOptions(command))
    .option('--amount <kzt>', 'what is claimed (default: what was approved)', readTenge)
    .option('--card <token>', 'whose card, with --force (default: the first demo card)')
    .addHelpText(
      'after',
      `\nEnds with 0 whenever it was taken, 1 otherwise.\n\nExamples:
  npm run terminal -- clear --amount 9000.00
  npm run terminal -- clear --amount 4000.00 --not-last
  npm run terminal -- clear --force --bank halyk --amount 700.00`,
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await clear(toolbox, self.optsWithGlobals()))
    })
}

/** `refund`: ends with 0 when approved, 2 when declined, 1 when there is no decision. */
export function addRefund(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('refund')
    .description('give money back after the fact; without options, all of the last one')
    .addOption(
      new Option('--unmatched', 'the acquirer knows no original').conflicts(['id', 'last']),
    )
  addShowOptions(addTargetOptions(command))
    .option('--amount <kzt>', 'what is given back (default: what was approved)', readTenge)
    .option('--card <token>', 'whose card, with --unmatched (default: the first demo card)')
    .addHelpText(
      'after',
      `\nEnds with 0 when approved, 2 when declined, 1 when there is no decision.\n\nExamples:
  npm run terminal -- refund --amount 4000.00
  npm run terminal -- refund --unmatched --bank halyk --amount 700.00`,
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await refund(toolbox, self.optsWithGlobals()))
    })
}

async function clear(toolbox: Toolbox, options: ClearOptions): Promise<number> {
  const demo = openDemo(options)
  const claim = await findClaim(demo, options, options.force ? '--force' : undefined)
  const body = clearingBody({ ...claim, isLast: !options.notLast }, toolbox.nextNumbers())
  return dispatch(
    toolbox,
    {
      demo,
      bank: claim.bank,
      body,
      send: (client, copy) => client.clear(copy),
      render: (delivery) => renderClearing(claim.name, delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}

async function refund(toolbox: Toolbox, options: RefundOptions): Promise<number> {
  const demo = openDemo(options)
  const claim = await findClaim(demo, options, options.unmatched ? '--unmatched' : undefined)
  const body = refundBody(claim, toolbox.nextNumbers())
  return dispatch(
    toolbox,
    {
      demo,
      bank: claim.bank,
      body,
      send: (client, copy) => client.refund(copy),
      render: (delivery) => renderRefund(claim.name, delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}

/** `alone`: the option that says that there is no original. */
async function findClaim(
  demo: DemoFile,
  options: AfterOptions,
  alone: string | undefined,
): Promise<Claim> {
  if (alone !== undefined) return claimAlone(demo, options, alone)
  const { original, bank, name, cardToken, amount, body } = await findTarget(demo, options)
  const claimed = options.amount ?? amount
  if (claimed === undefined) throw new Mistake(`How much is not known. Say it: --amount KZT`)
  const terminalId = body?.terminal.id
  return { bank, original, name, cardToken, amount: claimed, terminalId }
}

function claimAlone(demo: DemoFile, options: AfterOptions, alone: string): Claim {
  const { bank: bankId, amount } = options
  if (bankId === undefined || amount === undefined)
    throw new Mistake(`${alone} needs --bank and --amount: there is no original to take them from.`)
  const bank = findBank(demo, bankId)
  const cardToken = chooseCardToken(bank, options.card)
  return {
    bank,
    original: undefined,
    name: 'no original',
    cardToken,
    amount,
    terminalId: undefined,
  }
}
