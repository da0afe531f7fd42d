/** A value of an enum, which a document writes without quotes, and variables with them. */
export class EnumName {
  constructor(readonly name: string) {}

  toJSON(): string {
    return this.name;
  }
}
