/** One caller, one place, one context: everything an answer depends on beside the definitions and the clock. */
import type { EvaluationOptions } from "../../evaluation/index.js";
import { type Action, type Caller, isEvaluationKey } from "../permissions/index.js";
import { type LiveEnvironment, nextExpiry, type ProofKeys } from "../snapshots/index.js";
import { type CheckedContext, type ContextInput, readContext, readProof } from "./context-input.js";
import { isProved, unproved } from "./context-proof.js";
import type { Delivery } from "./delivery.js";
import { liveEnvironmentAt, permitPlace, type PlaceArguments, type PlaceKeys } from "./place.js";
import { type RequestAttributes, withRequestAttributes } from "./request-attributes.js";

/** What every evaluation says. */
export interface EvaluateArguments extends PlaceArguments {
  readonly context: ContextInput;
  /** What the server derives of the request; asked only for CLIENT keys, and only where a definition looks at it. */
  readonly requestAttributes?: (() => RequestAttributes) | undefined;
}

type Sources = Pick<Delivery, "snapshots" | "now">;

export class Asker {
  readonly options: EvaluationOptions;
  #context: CheckedContext | undefined;
  /** The keys that the proof was last checked with. */
  #provedWith: ProofKeys | null = null;
  #provedUntil = -Infinity;

  private constructor(
    readonly place: PlaceKeys,
    /** The context as it was sent. */
    readonly sent: CheckedContext,
    /** Whether the caller holds a CLIENT key, which anybody may read in a page's source. */
    readonly isPublic: boolean,
    private readonly derive: () => RequestAttributes,
    private readonly proof: string | null,
  ) {
    this.options = { clientOnly: isPublic };
  }

  /** Throws what `permitPlace` and `readContext` throw, and FORBIDDEN for a targeting key that is not proved where it must be. */
  static read({ snapshots, now }: Sources, caller: Caller, action: Action, args: EvaluateArguments): Asker {
    const place = permitPlace(snapshots, caller, action, args);
    const { identity } = caller;
    const isPublic = isEvaluationKey(identity) && identity.keyKind === "CLIENT";
    const derive = args.requestAttributes ?? (() => ({}));
    const asker = new Asker(place, readContext(args.context), isPublic, derive, readProof(args.context));
    if (!asker.mayAsk(liveEnvironmentAt(snapshots, place), now())) throw unproved();
    return asker;
  }

  /** Whether the proof holds there at `now`: epoch milliseconds. Worked out anew only when the keys are others or one has expired. */
  mayAsk({ proofKeys }: LiveEnvironment, now: number): boolean {
    if (!this.isPublic || proofKeys === null) return true;
    if (this.#provedWith === proofKeys && now < this.#provedUntil) return true;
    if (!isProved(proofKeys, this.sent, this.proof, now)) return false;
    this.#provedWith = proofKeys;
    this.#provedUntil = nextExpiry(proofKeys, now) ?? Infinity;
    return true;
  }

  /** The context as it counts there. */
  contextIn({ looksAtRequest }: LiveEnvironment): CheckedContext {
    if (!this.isPublic || !looksAtRequest) return this.sent;
    return (this.#context ??= withRequestAttributes(this.sent, this.derive()));
  }
}
