/** What this process opens beside connections of banks: to the database, exchanges, Redis, probes; and its modules. */
const OF_OUR_OWN = 128

/** Fewer would serve no bank. */
const LEAST = 16

/**
 * How many connections of banks may be open at once, of `asked`: where the operating system lets this process open too
 * few files for all of them, a flood of connections would leave none for the database and the exchanges.
 */
export function connectionsThatFit(asked: number, openFiles = limitOfOpenFiles()): number {
  return Math.min(asked, Math.max(LEAST, openFiles - OF_OUR_OWN))
}

/** `ulimit -n` as Node has it, which raises it as far as it may. */
function limitOfOpenFiles(): number {
  const { userLimits } = process.report.getReport() as {
    readonly userLimits?: { readonly open_files?: { readonly soft: number | 'unlimited' } }
  }
  const limit = userLimits?.open_files?.soft
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY
}
