import { DECLINE_REASONS } from '@tolem/domain/decision'
import type { BankId, ExchangeId } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { anAuthorizationBody } from '@tolem/testing/bodies'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { expect, test } from 'vitest'
import {
  type AssetBalance,
  balanceAnswer,
  parseBalanceInquiry,
  renderBalance,
  renderBalanceDecline,
} from './balance.ts'

const HALYK = 'halyk' as BankId
const BINANCE = 'binance' as ExchangeId

const {
  type: _,
  transactionAmount: __,
  partialApprovalSupported: ___,
  ...inquiry
} = anAuthorizationBody()

const parse = (body: object) => parseBalanceInquiry(HALYK, Buffer.from(JSON.stringify(body)))

test('an inquiry is read with what controls look at', () => {
  expect(parse(inquiry)).toEqual({
    ok: true,
    value: {
      bank: 'halyk',
      cardToken: 'ct_halyk_0001',
      terminalType: 'pos',
      merchantCategoryCode: '5411',
      merchantCountry: 'KZ',
    },
  })
})

test.each([
  ['an amount', { ...inquiry, transactionAmount: { value: '1.00', currency: 'KZT' } }],
  ['no terminal', { ...inquiry, terminal: undefined }],
  ['no card', { ...inquiry, cardToken: undefined }],
  ['no trace number', { ...inquiry, systemTraceAuditNumber: undefined }],
])('an inquiry with %s is refused', (_name, body) => {
  const parsed = parse(body)
  expect(!parsed.ok && parsed.answer.status).toBe(422)
})

const COUNTED: AssetBalance = {
  kind: 'counted',
  exchange: BINANCE,
  asset: 'USDT',
  amount: amountOf('USDT', 1_000_000_000n),
  available: amountOf('KZT', 467_157n),
}

test('the tenge of all counted assets are added up, and what is not counted is named', () => {
  const answer = balanceAnswer.parse(
    JSON.parse(
      renderBalance(
        [
          COUNTED,
          { kind: 'not_counted', exchange: BINANCE, asset: 'SOL', reason: 'rate_unsafe' },
          {
            ...COUNTED,
            asset: 'BTC',
            amount: amountOf('BTC', 1n),
            available: amountOf('KZT', 43n),
          },
        ],
        RESPONSE_CODES,
      ),
    ),
  )
  expect(answer).toMatchObject({
    decision: 'approved',
    responseCode: '00',
    available: { value: '4672.00', currency: 'KZT' },
    assets: [
      { asset: 'USDT', amount: '10.00000000', available: { value: '4671.57', currency: 'KZT' } },
      { asset: 'BTC', amount: '0.00000001', available: { value: '0.43', currency: 'KZT' } },
    ],
    notCounted: [{ exchange: 'binance', asset: 'SOL', reason: 'rate_unsafe' }],
  })
})

test.each(DECLINE_REASONS)(
  'a decline for %s has its code and messages, and no amount',
  (reason) => {
    const answer = balanceAnswer.parse(JSON.parse(renderBalanceDecline(reason, RESPONSE_CODES)))
    expect(answer).toMatchObject({ decision: 'declined', responseCode: RESPONSE_CODES[reason] })
    expect(answer.available).toBeUndefined()
    expect(answer.messages.kk).not.toBe('')
  },
)
