/** Who takes part, so that nobody can tell who it is: an HMAC in the place of what a context says of them. Pure. */
import { createHmac, randomBytes } from "node:crypto";

/** Gives the unit of an attribute's value, spelled as bucketing spells it; hexadecimal. */
export type UnitOf = (attribute: string, value: string) => string;

const secretBytes = 32; // 256 bits

/** Base64url, 43 characters, whose text is the key. */
export function makeUnitSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** What the cipher binds a project's secret to. */
export function unitPurpose(project: string): string {
  return `units of project ${project}`;
}

/** HMAC-SHA256 of path, NUL and value. A path has no NUL, so that no two of them can be taken for each other. */
export function unitsBy(secret: string): UnitOf {
  return (attribute, value) => createHmac("sha256", secret).update(`${attribute}\0${value}`).digest("hex");
}
