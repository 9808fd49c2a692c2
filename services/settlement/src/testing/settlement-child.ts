import type { ConversionPort } from '@tolem/exchanges/conversion-port'
import type { RailPort } from '@tolem/exchanges/port'
import { createLocalBus } from '@tolem/redis/bus'
import { createRemotePorts, type PortFacts } from './remote-ports.ts'
import { composeInstance, converting, openPostgres, QUICK, SOON_CERTAIN } from './world.ts'

/** A settlement that can be killed: its exchanges are in its parent. Its arguments are a database and the ports. */
const [url = '', told = '[]'] = process.argv.slice(2)
const facts = JSON.parse(told) as readonly PortFacts[]

const remote = createRemotePorts({
  send: (call) => process.send?.(call),
  onAnswer: (hear) =>
    process.on('message', (message) => hear(message as Parameters<typeof hear>[0])),
})
const rails = facts.flatMap((one) =>
  one.rail ? [remote(`rail ${one.exchange}`, one) as RailPort] : [],
)
const markets = facts.flatMap((one) =>
  one.rail ? [] : [remote(`market ${one.exchange}`, one) as ConversionPort],
)

const settlement = composeInstance({
  postgres: openPostgres(url),
  bus: createLocalBus(),
  programme: converting(markets.map(({ exchange }) => exchange)),
  rails: {
    railFor: (id, rail) => rails.find((one) => one.exchange === id && one.rail === rail),
    conversionFor: (id) => markets.find(({ exchange }) => exchange === id),
    mandatesFor: () => undefined,
    noticesFor: () => undefined,
    historyFor: () => undefined,
  },
  config: { ...QUICK, ...SOON_CERTAIN },
})
// Its parent is gone: nobody is left to answer.
process.on('disconnect', () => process.exit())
await settlement.start()
