import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'
import { pilotAtSandbox } from '../setup/sandbox-programme.ts'
import { findFreePort } from '../setup/service.ts'

/** A bank with a response code of its own for every reason: two characters that no other bank uses. */
export const CODES_OF_FORTE = Object.fromEntries(
  DECLINE_REASONS.map((reason, index) => [reason, `Z${index.toString(36).toUpperCase()}`]),
) as Readonly<Record<DeclineReason, string>>

/** Exchanges of the strict programme beside the pilot's own: none of them may, or can, pay. */
export const STRICT_EXCHANGES = {
  /** Its licence is over. */
  lapsed: 'lapsed',
  /** Licensed, and denied by the programme. */
  denied: 'denied',
  /** It tells the price of USDT alone. */
  thin: 'thin',
} as const

/**
 * Writes a programme that refuses whatever a programme can refuse, with the sandbox for its exchanges. Gives what
 * `npm start` must be told.
 */
export async function strictProgramme(home: string): Promise<Readonly<Record<string, string>>> {
  const port = String(await findFreePort())
  const pilot = await pilotAtSandbox(`http://127.0.0.1:${port}`)
  const { exchanges } = pilot
  const bybit = exchanges.find(({ id }) => id === 'bybit')
  if (!bybit) throw new Error('the pilot has Bybit')
  const thinFeed = { ...bybit.feed, pairs: ['USDT/KZT'] }
  const file = join(home, 'strict-programme.json')
  await writeFile(
    file,
    JSON.stringify({
      ...pilot,
      name: 'strict',
      authorizationTypes: ['purchase', 'cash_withdrawal', 'account_verification'],
      controls: {
        channels: { deny: ['mail_or_phone'] },
        merchantCategories: { deny: ['7800-7802'] },
        countries: { deny: ['KP'] },
        exchanges: { deny: [STRICT_EXCHANGES.denied] },
      },
      banks: pilot.banks.map((bank) =>
        bank.id === 'forte' ? { ...bank, responseCodes: CODES_OF_FORTE } : bank,
      ),
      assets: pilot.assets.map((one) => ({ ...one, isAllowed: one.asset !== 'TON' })),
      exchanges: [
        ...exchanges,
        {
          ...bybit,
          id: STRICT_EXCHANGES.lapsed,
          licence: { number: 'L-1', validFrom: '2020-01-01', validTo: '2020-12-31' },
        },
        { ...bybit, id: STRICT_EXCHANGES.denied },
        { ...bybit, id: STRICT_EXCHANGES.thin, feed: thinFeed },
      ],
    }),
  )
  return { PROGRAMME_FILE: file, SANDBOX_PORT: port }
}
