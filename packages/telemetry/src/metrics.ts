import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Stage and call durations in seconds: fine around the milliseconds of our own work, coarse up to any budget. */
const DURATION_BUCKETS = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3,
]

/** A family of metrics that a service declares once and writes to by label. Every metric's name begins `tolem_`. */
export type Metrics = {
  counter<L extends string>(name: string, help: string, labels: readonly L[]): Counter<L>
  gauge<L extends string>(name: string, help: string, labels: readonly L[]): Gauge<L>
  /** Durations in seconds. */
  duration<L extends string>(name: string, help: string, labels: readonly L[]): Histogram<L>
  /** The exposition text that Prometheus scrapes, and its content type. */
  expose(): Promise<{ contentType: string; text: string }>
}

/** A registry of its own for each service, so that several services in one process (`npm start`) do not collide. */
export function createMetrics(service: string): Metrics {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  return {
    counter: (name, help, labels) =>
      new Counter({ name: `tolem_${name}`, help, labelNames: [...labels], registers }),
    gauge: (name, help, labels) =>
      new Gauge({ name: `tolem_${name}`, help, labelNames: [...labels], registers }),
    duration: (name, help, labels) =>
      new Histogram({
        name: `tolem_${name}_seconds`,
        help,
        labelNames: [...labels],
        buckets: DURATION_BUCKETS,
        registers,
      }),
    expose: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
