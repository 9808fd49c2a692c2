import { readFileSync } from 'node:fs'

/**
 * The most memory that this process has held so far, in whole MiB. `maxRSS` is no less than what the process that
 * started it held, because Linux keeps that value over an exec; where the kernel tells of the program alone, it is
 * asked instead.
 */
export function peakMebibytes(): number {
  return Math.ceil((ownPeakKibibytes() ?? process.resourceUsage().maxRSS) / 1_024)
}

function ownPeakKibibytes(): number | undefined {
  if (process.platform !== 'linux') return undefined
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  return kibibytes === undefined ? undefined : Number(kibibytes)
}
