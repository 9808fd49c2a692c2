import { ENTRY_MODES, TERMINAL_TYPES } from '@tolem/domain/authorization'
import { type Command, Option } from 'commander'
import { readAmount } from './amounts.ts'
import type { CommonOptions } from './banks.ts'
import type { ShowOptions } from './delivery.ts'
import type { Sale } from './messages/sale.ts'
import {
  readCategoryCode,
  readCountry,
  readCurrency,
  readNumber,
  readTenge,
} from './option-readers.ts'

/** Where and how a card is used, as it is typed. */
export type SaleOptions = {
  readonly merchant?: string
  readonly mcc?: string
  readonly city?: string
  readonly country?: string
  readonly channel?: Sale['channel']
  readonly entry?: Sale['entryMode']
  readonly pin?: boolean
  readonly currency?: string
  readonly billing?: string
  readonly final?: boolean
  readonly preauthorization?: boolean
  readonly recurring?: boolean
}

/** Whose card it is, for what, and how the answer is shown. */
export type PayOptions = CommonOptions &
  ShowOptions & { readonly bank: string; readonly card?: string; readonly amount: string }

/** More copies than any network sends. */
const MOST_REPEATS = 100

/** Whose card, how much, and how to show it. */
export function addPayOptions(command: Command): Command {
  return addShowOptions(
    command
      .requiredOption('--bank <id>', 'whose card it is, such as halyk')
      .requiredOption('--amount <amount>', 'tenge (or --currency), such as 12500.00')
      .option('--card <token>', 'card token (default: the first demo card of the bank)'),
  )
}

/** How an answer is shown, and how often the message is sent once more. */
export function addShowOptions(command: Command): Command {
  return command
    .option(
      '--repeat [times]',
      'send it again afterwards, and compare the bytes (default: once)',
      readNumber({ least: 1, most: MOST_REPEATS, isWhole: true }),
    )
    .option('--json', 'print request, answer and timing as JSON')
}

/** The currency and the merchant. */
export function addPlaceOptions(
  command: Command,
  usual: { readonly merchant: string; readonly mcc: string },
): Command {
  return command
    .option('--currency <code>', 'of the amount (default: KZT)', readCurrency)
    .option('--billing <kzt>', 'tenge that the cardholder is charged', readTenge)
    .option('--merchant <name>', 'who sells', usual.merchant)
    .option('--mcc <code>', 'merchant category code', readCategoryCode, usual.mcc)
    .option('--city <name>', 'where (default: Almaty)')
    .option('--country <code>', 'where (default: KZ)', readCountry)
}

/** The terminal, and what the message says of itself. */
export function addTerminalOptions(command: Command): Command {
  return command
    .addOption(new Option('--channel <type>', 'default: pos').choices(TERMINAL_TYPES))
    .addOption(new Option('--entry <mode>', 'default: as usual there').choices(ENTRY_MODES))
    .option('--pin', 'the PIN was entered')
    .addOption(new Option('--final', 'no clearing follows (0200)').conflicts('preauthorization'))
    .option('--preauthorization', 'an estimate, held for longer')
    .option('--recurring', 'the merchant’s own initiative, under an earlier agreement')
}

/**
 * A sale as it was typed.
 *
 * @throws {Mistake} when the amount is none in its currency.
 */
export function saleOf(
  options: SaleOptions & { readonly amount: string },
  cardToken: string,
): Sale {
  return {
    cardToken,
    amount: readAmount(options.amount, options.currency ?? 'KZT'),
    currency: options.currency,
    billing: options.billing,
    channel: options.channel,
    entryMode: options.entry,
    isPinEntered: options.pin,
    merchantName: options.merchant,
    categoryCode: options.mcc,
    city: options.city,
    country: options.country,
    isFinal: options.final,
    isPreauthorization: options.preauthorization,
    isRecurring: options.recurring,
  }
}

/** `--repeat` without a number is one repeat. */
export function showOptionsOf(options: {
  readonly json?: boolean
  readonly repeat?: number | true
}): ShowOptions {
  const { json = false, repeat = 0 } = options
  return { json, repeat: repeat === true ? 1 : repeat }
}
