/** More decimals than any asset has, so that amounts of all scales compare. */
const DECIMALS = 18

/** A decimal text as a whole number of 10^-18. Not the services' own arithmetic, on purpose. */
export function toUnits(text: string): bigint {
  const match = /^(-?)([0-9]+)(?:\.([0-9]{1,18}))?$/.exec(text)
  if (!match) throw new Error(`not a decimal text: ${text}`)
  const [, sign, whole, decimals = ''] = match
  return BigInt(`${sign}${whole}${decimals.padEnd(DECIMALS, '0')}`)
}
