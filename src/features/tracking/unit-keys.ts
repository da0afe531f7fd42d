/** The secrets that make units, decrypted once and kept in memory; made where there is none. */
import type { Cipher } from "../../platform/cipher.js";
import { type Database, isForeignKeyViolation } from "../../platform/database/index.js";
import { notFound } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import { makeUnitSecret, unitPurpose, type UnitOf, unitsBy } from "./unit.js";
import { insertUnitSecret, readUnitSecret } from "./unit-secret.store.js";

interface Known {
  readonly stored: string;
  readonly unitOf: UnitOf;
}

export class UnitKeys {
  readonly #known = new Map<string, Known>();

  constructor(
    private readonly database: Database,
    private readonly cipher: Cipher,
  ) {}

  /** Asks the database which secret counts, since a project may be deleted and made again. Throws NOT_FOUND where it is gone, and UNAVAILABLE without the key. */
  async of(project: string): Promise<UnitOf> {
    const stored = (await readUnitSecret(this.database, project)) ?? (await this.#make(project));
    const known = this.#known.get(project);
    if (known?.stored === stored) return known.unitOf;
    const unitOf = unitsBy(this.cipher.decrypt(stored, unitPurpose(project)));
    this.#known.set(project, { stored, unitOf });
    return unitOf;
  }

  /** Asks memory alone, for when the database is away. */
  lastKnown(project: string): UnitOf | undefined {
    return this.#known.get(project)?.unitOf;
  }

  async #make(project: string): Promise<string> {
    const made = this.cipher.encrypt(makeUnitSecret(), unitPurpose(project));
    try {
      await note({ database: this.database }, async (tx) => insertUnitSecret(tx, project, made));
    } catch (error) {
      throw isForeignKeyViolation(error) ? notFound("Project", project) : error;
    }
    const stored = await readUnitSecret(this.database, project); // another instance may have been first
    if (stored === null) throw notFound("Project", project);
    return stored;
  }
}
