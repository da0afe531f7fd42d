/** The context of one GraphQL operation: who asks, with which tools, and what the request itself tells. */
import type { AccountTools, ApiKeyListTools } from "../../features/accounts/index.js";
import type { Analytics } from "../../features/analytics/index.js";
import {
  type DeliveryTools,
  type RequestAttributes,
  requestAttributes,
} from "../../features/delivery/index.js";
import type { EnvironmentTools } from "../../features/environments/index.js";
import type { Results } from "../../features/experiments/index.js";
import type { RevertTools } from "../../features/flags/index.js";
import type { Caller, RequestContext } from "../../features/permissions/index.js";
import type { ProjectTools } from "../../features/projects/index.js";
import type { TrackingTools } from "../../features/tracking/index.js";
import { Loaders } from "../../platform/graphql/loaders.js";
import type { Metrics } from "../../platform/metrics.js";
import type { Budgets } from "../budgets.js";
import type { Client } from "../client.js";

/** Everything that the rooms' use cases need, put together by the composition root. */
export type ServerTools = AccountTools &
  ApiKeyListTools &
  ProjectTools &
  EnvironmentTools &
  RevertTools &
  TrackingTools &
  DeliveryTools & {
    readonly budgets: Budgets;
    readonly metrics: Metrics;
    readonly analytics: Analytics;
    readonly results: Results;
  };

export interface GraphQLContext extends RequestContext<ServerTools> {
  /** `request.*` as the server derives it; worked out on first use. */
  readonly requestAttributes: () => RequestAttributes;
  /** Where a subscription that names none goes on from; null: from the start. */
  readonly since: string | null;
  /** Whether IP_ALLOWLIST, where it is set, has the client's address: others may evaluate and nothing else. */
  readonly isInside: boolean;
}

/** A context for one operation. */
export function makeContext(
  tools: ServerTools,
  caller: Caller,
  client: Client,
  { since, isInside }: Pick<GraphQLContext, "since" | "isInside">,
): GraphQLContext {
  let attributes: RequestAttributes | undefined;
  return {
    caller,
    tools,
    loaders: new Loaders(tools),
    requestAttributes: () => (attributes ??= requestAttributes(client)),
    since,
    isInside,
  };
}
