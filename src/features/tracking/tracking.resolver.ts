/** GraphQL operations by which applications tell what people saw and did. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { RequestContext } from "../permissions/index.js";
import { track } from "./track.js";
import { trackExposures } from "./track-exposures.js";
import type { TrackResult } from "./track-result.js";
import type { TrackingTools } from "./tracking.js";
import { TrackExposuresInput, TrackInput, TrackResultType } from "./tracking.types.js";

type Context = RequestContext<TrackingTools>;

@Resolver(() => TrackResultType)
export class TrackingResolver {
  @Mutation(() => TrackResultType, {
    description:
      "Stores what people did, in the environment of the CLIENT or SERVER key; other callers are FORBIDDEN. It counts for whoever was shown a variant before, in every experiment and rollout that measures the metric. Sent again it changes nothing, so repeat it until it is answered. One event that is refused refuses no other.",
  })
  async track(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TrackInput, { description: "The events." }) input: TrackInput,
  ): Promise<TrackResult> {
    return track(tools, caller, input);
  }

  @Mutation(() => TrackResultType, {
    description:
      "Stores who was shown what, for applications that evaluate by themselves; `evaluate` does it by itself. In the environment of the CLIENT or SERVER key; other callers are FORBIDDEN. Sent again it changes nothing. One exposure that is refused refuses no other.",
  })
  async trackExposures(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TrackExposuresInput, { description: "The exposures." }) input: TrackExposuresInput,
  ): Promise<TrackResult> {
    return trackExposures(tools, caller, input);
  }
}
