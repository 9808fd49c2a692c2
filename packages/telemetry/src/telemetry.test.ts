import { expect, test } from 'vitest'
import { createAdminServer } from './admin.ts'
import { createLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'

test('a log line names its service and never holds a secret', () => {
  const lines: string[] = []
  const logger = createLogger({
    service: 'test',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  })
  logger.info({ exchange: { apiKey: 'k-123', secret: 's-456' }, signature: 'sig' }, 'called')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('"service":"test"')
  expect(lines[0]).not.toMatch(/k-123|s-456|"sig"/)
})

test('the admin port exposes what was counted and says why it is not ready', async () => {
  const metrics = createMetrics('test')
  metrics.counter('decisions_total', 'decisions', ['bank']).inc({ bank: 'halyk' })
  const admin = createAdminServer({
    metrics,
    readiness: () => ({ ready: false, reasons: ['no fresh rate'] }),
  })
  const page = await admin.inject('/metrics')
  expect(page.body).toContain('tolem_decisions_total{bank="halyk",service="test"} 1')
  const ready = await admin.inject('/readyz')
  expect(ready.statusCode).toBe(503)
  expect(ready.json()).toEqual({ ready: false, reasons: ['no fresh rate'] })
  await admin.close()
})
