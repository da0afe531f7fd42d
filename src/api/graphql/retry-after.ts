/** Tells whatever stands between server and client, by a header, when an operation is worth repeating. */
import type { ApolloServerPlugin } from "@apollo/server";
import type { GraphQLContext } from "./context.js";

/** `Retry-After` where every error is RATE_LIMITED: the longest of their waits. The status stays 200, as with every operation that was carried out. */
export const retryAfter: ApolloServerPlugin<GraphQLContext> = {
  requestDidStart: async () => ({
    willSendResponse: async ({ response: { body, http } }) => {
      if (body.kind !== "single") return;
      const waits = (body.singleResult.errors ?? []).map(({ extensions }) =>
        extensions?.["code"] === "RATE_LIMITED" ? Number(extensions["retryAfterSeconds"]) : 0,
      );
      if (waits.length === 0 || waits.includes(0)) return;
      http.headers.set("retry-after", String(Math.max(...waits)));
    },
  }),
};
