import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import { ORIGINAL_KINDS, type OriginalKind } from '@tolem/domain/authorization'
import { type Command, Option } from 'commander'
import { type CommonOptions, findBank, findOwner } from './banks.ts'
import { findById, lastOf, type Remembered, readMemory } from './memory.ts'
import type { Original } from './messages/follow-ups.ts'
import { networkKeyOf, type SaleFields } from './messages/sale.ts'
import { Mistake } from './mistake.ts'

/** How a command says which message it is about. */
export type TargetOptions = CommonOptions & {
  readonly id?: string
  /** `true`: whatever opened a hold last. */
  readonly last?: OriginalKind | true
  readonly bank?: string
}

/** The message that a command is about. */
export type Target = {
  readonly bank: DemoBank
  readonly original: Original
  /** In a receipt's words. */
  readonly name: string
  readonly isAnswered: boolean
  readonly cardToken: string
  /** What it came to, in tenge as decimal text, where that is known. */
  readonly amount: string | undefined
  /** The message itself, where this home sent it. */
  readonly body: SaleFields | undefined
}

/** Lets a command name its original. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(new Option('--id <authorization>', 'which one, such as aut_…').conflicts('last'))
    .addOption(
      new Option(
        '--last [kind]',
        'the last one from this home, also when its answer never came (default)',
      ).choices(ORIGINAL_KINDS),
    )
    .option('--bank <id>', 'whose it is (default: found out by asking)')
}

/**
 * Finds the message that a command is about.
 *
 * @throws {Mistake} when there is none.
 */
export async function findTarget(demo: DemoFile, options: TargetOptions): Promise<Target> {
  const memory = readMemory(options.home)
  if (options.id !== undefined) {
    const remembered = findById(memory, options.id)
    return remembered ? toTarget(demo, remembered) : askFor(demo, options.id, options.bank)
  }
  const kind = options.last === true ? undefined : options.last
  const remembered = lastOf(memory, kind)
  if (remembered) return toTarget(demo, remembered)
  throw new Mistake(`No ${kind ?? 'purchase'} was made from this home. Name one: --id aut_…`)
}

function toTarget(demo: DemoFile, remembered: Remembered): Target {
  const { kind, authorizationId, amount, body } = remembered
  const place = `${amount} KZT at ${body.merchant.name}`
  return {
    bank: findBank(demo, remembered.bank),
    original:
      authorizationId === undefined
        ? { messageKind: kind, ...networkKeyOf(body) }
        : { authorizationId },
    name: `${kind === 'authorization' ? '' : `${kind} of `}${place}, ${authorizationId ?? 'never answered'}`,
    isAnswered: authorizationId !== undefined,
    cardToken: body.cardToken,
    amount,
    body,
  }
}

async function askFor(demo: DemoFile, id: string, bankId: string | undefined): Promise<Target> {
  const banks = bankId === undefined ? demo.banks : [findBank(demo, bankId)]
  const { bank, record } = await findOwner(demo, banks, id)
  const approved = record.answer?.approvedAmount ?? record.billingAmount
  return {
    bank,
    original: { authorizationId: id },
    name: `${id}, ${bank.name}`,
    isAnswered: true,
    cardToken: record.cardToken,
    amount: approved?.value,
    body: undefined,
  }
}
