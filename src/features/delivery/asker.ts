/** One caller, one place, one context: everything an answer depends on beside the definitions and the clock. */
import type { EvaluationOptions } from "../../evaluation/index.js";
import { type Action, type Caller, isEvaluationKey } from "../permissions/index.js";
import { type CheckedContext, type ContextInput, readContext } from "./context-input.js";
import type { LiveEnvironment } from "./live-environment.js";
import { permitPlace, type PlaceArguments, type PlaceKeys } from "./place.js";
import { type RequestAttributes, withRequestAttributes } from "./request-attributes.js";
import type { Snapshots } from "./snapshots.js";

/** What every evaluation says. */
export interface EvaluateArguments extends PlaceArguments {
  readonly context: ContextInput;
  /** What the server derives of the request; asked only for CLIENT keys, and only where a definition looks at it. */
  readonly requestAttributes?: (() => RequestAttributes) | undefined;
}

export class Asker {
  readonly options: EvaluationOptions;
  #context: CheckedContext | undefined;

  private constructor(
    readonly place: PlaceKeys,
    /** The context as it was sent. */
    readonly sent: CheckedContext,
    /** Whether the caller holds a CLIENT key, which anybody may read in a page's source. */
    readonly isPublic: boolean,
    private readonly derive: () => RequestAttributes,
  ) {
    this.options = { clientOnly: isPublic };
  }

  /** Throws what `permitPlace` and `readContext` throw. */
  static read(snapshots: Snapshots, caller: Caller, action: Action, args: EvaluateArguments): Asker {
    const place = permitPlace(snapshots, caller, action, args);
    const { identity } = caller;
    const isPublic = isEvaluationKey(identity) && identity.keyKind === "CLIENT";
    return new Asker(place, readContext(args.context), isPublic, args.requestAttributes ?? (() => ({})));
  }

  /** The context as it counts there. */
  contextIn({ looksAtRequest }: LiveEnvironment): CheckedContext {
    if (!this.isPublic || !looksAtRequest) return this.sent;
    return (this.#context ??= withRequestAttributes(this.sent, this.derive()));
  }
}
