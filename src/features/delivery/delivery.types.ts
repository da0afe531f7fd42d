/** GraphQL arguments and context that the room's resolvers share. */
import { ArgsType, Field } from "type-graphql";
import type { RequestContext } from "../permissions/index.js";
import type { DeliveryTools } from "./delivery.js";
import type { RequestAttributes } from "./request-attributes.js";

export interface DeliveryContext extends RequestContext<DeliveryTools> {
  /** `request.*` as the server derives it; worked out on first use. */
  readonly requestAttributes: () => RequestAttributes;
  /** Where subscriptions of the connection that name no revision, or an older one, go on from. */
  readonly since: string | null;
}

/** Where to evaluate. */
@ArgsType()
export class PlaceArgs {
  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment; needed unless a CLIENT or SERVER key fixes it.",
  })
  environment?: string | null;
}

export const sinceOption = {
  nullable: true,
  description:
    "The `revision` received last, to go on from there. What cannot be gone on from is answered as if it were absent.",
} as const;
