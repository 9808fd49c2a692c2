import { scaleOf } from '../../coins.ts'
import { PLAIN_TEXT } from '../../plain-text.ts'
import type { PayRefusal } from '../answers.ts'
import { type Fields, isFields, text } from '../gate.ts'

/** Bybit Pay's amount: an integer string of minor units. The chain is repeated when it was given. */
export type PayAmount = {
  readonly asset: string
  readonly units: bigint
  readonly echo: Readonly<Record<string, string>>
}

/** Reads an amount object, or says why it cannot. */
export function readAmount(value: unknown): PayAmount | PayRefusal {
  if (!isFields(value)) return 'parameter'
  const total = text(value, 'total')
  if (total === '') return 'parameter'
  if (!/^[1-9]\d{0,31}$/.test(total)) return 'amount'
  const asset = text(value, 'currency')
  if (!PLAIN_TEXT.test(text(value, 'chain'))) return 'parameter'
  if (text(value, 'currency_type') !== 'CRYPTO') return 'currency'
  if (scaleOf('bybit', asset) === undefined) return 'currency'
  return { asset, units: BigInt(total), echo: { currency_type: 'CRYPTO', ...chainOf(value) } }
}

/** The amount object of an answer, in the documented order of fields. */
export function writeAmount(
  asset: string,
  units: bigint,
  echo: Readonly<Record<string, string>>,
): Fields {
  return { total: units.toString(), currency: asset, currency_type: 'CRYPTO', ...chainOf(echo) }
}

function chainOf(fields: Fields): { chain?: string } {
  const chain = text(fields, 'chain')
  return chain === '' ? {} : { chain }
}
