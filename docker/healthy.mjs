// Ends with 0 when the address answers 2xx within two seconds: the image has no curl.
const [, , url] = process.argv
const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) })
process.exitCode = answer.ok ? 0 : 1
