/** The file cannot be read as what it should be. Its message is for people, and repeats nothing of the file. */
export class BadFile extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BadFile'
  }
}
