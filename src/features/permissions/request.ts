/** What resolvers are given: who asks, what the room needs, and the request's loaders. */
import type { Loaders } from "../../platform/graphql/loaders.js";
import type { Caller } from "./caller.js";

/** The GraphQL context as a room sees it; `Tools` is what that room needs, the composition root supplies it. */
export interface RequestContext<Tools> {
  readonly caller: Caller;
  readonly tools: Tools;
  readonly loaders: Loaders<Tools>;
}
