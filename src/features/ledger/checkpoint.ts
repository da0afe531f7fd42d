/** A signed position of the ledger, and the one line of text that proves it away from the database: pure. */

/** Vouches for the row at `seq`, and with it for all rows before. */
export interface Checkpoint {
  readonly epoch: number;
  readonly seq: number;
  /** Of that row. */
  readonly hash: string;
  /** When it was signed, by the database's clock: RFC 3339, UTC, whole seconds. */
  readonly at: string;
  /** Which key signed it: see `signerOf`. */
  readonly signer: string;
  /** Ed25519 over `signedTextOf`, base64url. */
  readonly signature: string;
}

const form = "halyard-checkpoint.v1";
const shape =
  /^halyard-checkpoint\.v1\.(\d{1,10})\.(\d{1,15})\.([\da-f]{64})\.([\d:TZ-]{20})\.([\w-]{1,64})\.([\w-]{86})$/;

/** What is signed: the token up to its last dot. */
export function signedTextOf({ epoch, seq, hash, at, signer }: Omit<Checkpoint, "signature">): string {
  return [form, epoch, seq, hash, at, signer].join(".");
}

/** `halyard-checkpoint.v1.<epoch>.<seq>.<hash>.<at>.<signer>.<signature>`. */
export function tokenOf(checkpoint: Checkpoint): string {
  return `${signedTextOf(checkpoint)}.${checkpoint.signature}`;
}

/** Reads a token, whoever signed it; null for what is none. */
export function readToken(token: string): Checkpoint | null {
  const [, epoch, seq, hash, at, signer, signature] = shape.exec(token.trim()) ?? [];
  if (hash === undefined || at === undefined || signer === undefined || signature === undefined) return null;
  return { epoch: Number(epoch), seq: Number(seq), hash, at, signer, signature };
}
