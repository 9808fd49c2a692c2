import type { ExchangeId } from '@tolem/domain/ids'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Programme } from '@tolem/programme/schema'
import type { Leg, Route } from './guards/assessment.ts'

/**
 * Every rate that the programme's feeds can give: directly where an exchange has a tenge book of the asset, else
 * through USDT. An exchange without a USDT/KZT book of its own uses that of the first exchange which has one; the
 * source says so in the published rate.
 */
export function routesOf(programme: Pick<Programme, 'exchanges' | 'assets'>): readonly Route[] {
  return programme.exchanges.flatMap(({ id }) =>
    programme.assets.flatMap(({ asset }) => {
      const legs = legsOf(programme, id, asset)
      return legs === undefined ? [] : [{ exchange: id, asset, legs }]
    }),
  )
}

function legsOf(
  { exchanges }: Pick<Programme, 'exchanges'>,
  exchange: ExchangeId,
  asset: CryptoAsset,
): readonly Leg[] | undefined {
  const sellers = (pair: string) => exchanges.filter(({ feed }) => feed.pairs.includes(pair))
  const own = (pair: string) => sellers(pair).some(({ id }) => id === exchange)
  if (own(`${asset}/KZT`)) return [{ exchange, pair: `${asset}/KZT` }]
  const tenge = own('USDT/KZT') ? exchange : sellers('USDT/KZT')[0]?.id
  if (tenge === undefined) return undefined
  const last = { exchange: tenge, pair: 'USDT/KZT' }
  if (asset === 'USDT') return [last]
  return own(`${asset}/USDT`) ? [{ exchange, pair: `${asset}/USDT` }, last] : undefined
}
