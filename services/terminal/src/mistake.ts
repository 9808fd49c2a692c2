/** Something a person asked for that cannot be done. The message is one clear sentence for that person. */
export class Mistake extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Mistake'
  }
}
