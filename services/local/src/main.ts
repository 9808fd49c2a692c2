import { enableCompileCache } from 'node:module'

// Before anything else is loaded: the cache is what makes the second start quick.
enableCompileCache()

const { run } = await import('./run.ts')
process.exitCode = await run({
  environment: process.env,
  out: (text) => void process.stdout.write(`${text}\n`),
  onSignal: (stop) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  },
})
