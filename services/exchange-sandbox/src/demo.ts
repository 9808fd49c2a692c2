/** What `npm run sandbox` opens, so that a first call can be signed at once. Sandbox keys: they open nothing else. */
export const DEMO_KEYS = [
  { exchange: 'bybit', apiKey: 'sandbox-bybit', secret: 'sandbox-bybit-secret' },
  { exchange: 'binance', apiKey: 'sandbox-binance', secret: 'sandbox-binance-secret' },
  { exchange: 'partner', apiKey: 'sandbox-partner', secret: 'sandbox-partner-secret' },
] as const

const BALANCES = { USDT: '1000', USDC: '1000', BTC: '0.5', ETH: '5', SOL: '50', TON: '500' }

/** A wallet for each way of debiting, as the control interface takes it. */
const DEMO_WALLETS = [
  [
    'bybit/AGR-SANDBOX',
    {
      merchantId: 'M-SANDBOX',
      userId: 'U-SANDBOX',
      agreementType: 'NON_CYCLE',
      magic: true,
      balances: BALANCES,
    },
  ],
  ['bybit/533285', { kind: 'subaccount', balances: BALANCES }],
  ['binance/ann@sandbox.example', { balances: BALANCES }],
  [
    'binance/205638372306477056',
    {
      kind: 'contract',
      merchantContractCode: 'SANDBOX',
      currency: 'USDT',
      singleUpperLimit: '500',
      balances: { USDT: '1000' },
    },
  ],
  ['partner/acc-sandbox', { balances: BALANCES }],
] as const

/**
 * Opens keys and wallets through the control interface of a sandbox at `url`, and tells how to begin.
 *
 * @throws {Error} when the sandbox refuses one of them.
 */
export async function openDemo(url: string): Promise<string> {
  const put = async (path: string, body: object) => {
    const answer = await fetch(`${url}/control/${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, ...(path.startsWith('wallets/') && { ifAbsent: true }) }),
    })
    if (!answer.ok) throw new Error(`PUT /control/${path}: ${answer.status} ${await answer.text()}`)
  }
  for (const key of DEMO_KEYS) await put('credentials', key)
  for (const [place, wallet] of DEMO_WALLETS) await put(`wallets/${place}`, wallet)
  return [
    `Exchange sandbox   ${url}`,
    ...DEMO_KEYS.map(
      ({ exchange, apiKey, secret }) => `  ${exchange.padEnd(15)}  ${apiKey} / ${secret}`,
    ),
    ...DEMO_WALLETS.map(([place]) => `  wallet           ${place}`),
    `Scenarios          curl ${url}/control/scenarios`,
    `Play one           curl -X POST ${url}/control/scenarios/bybit/flaky`,
    `Calm down          curl -X DELETE ${url}/control/scenarios/bybit`,
    `What moved         curl ${url}/control/movements`,
    'How to write an adapter against it: packages/exchanges/ADAPTERS.md; stop with Ctrl-C.',
  ].join('\n')
}
