import type { ExchangeId } from '@tolem/domain/ids'
import { accept, refuse } from '@tolem/domain/outcome'
import { z } from 'zod'
import type { KeyPort, KeyReport } from '../key-report.ts'
import { readConversionBody } from './conversion-answers.ts'
import { type BinanceLine, callSigned } from './line.ts'

/**
 * The permission that each use needs: transfers between sub-accounts are internal transfers, and orders and Convert are
 * trades (Binance Wallet API, Get API Key Permission; Sub-account API, Universal Transfer).
 */
const NEEDED = {
  'binance-subaccount': 'enableInternalTransfer',
  conversion: 'enableSpotAndMarginTrading',
} as const

const flag = z.boolean().optional()

/** Every field is optional in Binance's own description. */
const restrictions = z.object({
  createTime: z.string(),
  ipRestrict: flag,
  enableReading: flag,
  enableWithdrawals: flag,
  enableInternalTransfer: flag,
  enableSpotAndMarginTrading: flag,
})

/** Tells what a key may do (Get API Key Permission). */
export function createBinanceKey(
  deps: BinanceLine & { readonly exchange: ExchangeId; readonly usedFor: keyof typeof NEEDED },
): KeyPort {
  const { exchange, usedFor } = deps
  return {
    exchange,
    usedFor,
    async readKey(limit) {
      const path = '/sapi/v1/account/apiRestrictions'
      const call = { method: 'GET', path, parameters: {}, purpose: 'look_up' } as const
      const answer = await callSigned(deps, call, limit)
      if (answer.kind === 'answered' && answer.status === 404) return refuse('unsupported')
      const read = readConversionBody(answer)
      const told = read.kind === 'json' ? restrictions.safeParse(read.json) : undefined
      return told?.success ? accept(reportOf(told.data, NEEDED[usedFor])) : refuse('unavailable')
    },
  }
}

/** What is not told is taken for the worse. */
function reportOf(
  key: z.output<typeof restrictions>,
  needed: (typeof NEEDED)[keyof typeof NEEDED],
): KeyReport {
  const missing = (['enableReading', needed] as const).filter((one) => key[one] !== true)
  return {
    canWithdraw: key.enableWithdrawals !== false,
    isIpRestricted: key.ipRestrict === true,
    missing,
  }
}
