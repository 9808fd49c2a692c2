/** Every place in which an answer is not what was expected of it, each as one line. */
export function findDifferences(expected: unknown, answered: unknown, place = ''): string[] {
  if (!isObject(expected)) return expected === answered ? [] : [tell(place, expected, answered)]
  if (!isObject(answered)) return [tell(place, expected, answered)]
  return Object.entries(expected).flatMap(([name, value]) =>
    findDifferences(value, answered[name], place === '' ? name : `${place}.${name}`),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function tell(place: string, expected: unknown, answered: unknown): string {
  return `${place || 'answer'}: expected ${show(expected)}, answered ${show(answered)}`
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
