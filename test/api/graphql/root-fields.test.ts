/** Refusals deep in an answer reach the security log like those of whole operations. */
import { graphql, GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { guardRootFields } from "../../../src/api/graphql/root-fields.js";
import { createSecurityLog, type SecurityLog } from "../../../src/features/security/index.js";
import { securityEvents } from "../../../src/features/security/security-event.queries.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { forbidden, notFound } from "../../../src/platform/problems.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { adminCaller, testStart, userCaller } from "../../support/tools.js";

let opened: OpenDatabase;
let security: SecurityLog;
beforeAll(async () => {
  opened = await freshDatabase();
  security = createSecurityLog({ database: opened.database, log: silentLog, now: () => testStart });
});
afterAll(async () => {
  await security.close();
  await opened.close();
});

const refuse = (): never => {
  throw forbidden("Not for you.");
};
const Room = new GraphQLObjectType({
  name: "Room",
  fields: {
    open: { type: GraphQLString, resolve: () => "open" },
    later: { type: GraphQLString, resolve: async () => "later" },
    locked: { type: GraphQLString, resolve: refuse },
    lockedLater: { type: GraphQLString, resolve: async () => refuse() },
    absent: {
      type: GraphQLString,
      resolve: () => {
        throw notFound("Room", "absent");
      },
    },
  },
});

it("are recorded by the field that was refused, whether it refuses at once or later", async () => {
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: "Query", fields: { room: { type: Room } } }),
  });
  guardRootFields(schema);
  const source = "{ room { open later a: locked lockedLater absent } }";
  const contextValue = { caller: userCaller("VIEWER"), tools: { security } };
  const { data, errors } = await graphql({ schema, source, rootValue: { room: {} }, contextValue });
  expect(data).toEqual({ room: { open: "open", later: "later", a: null, lockedLater: null, absent: null } });
  expect(errors?.map(({ path }) => path?.join("."))?.toSorted()).toEqual([
    "room.a",
    "room.absent",
    "room.lockedLater",
  ]);
  const { edges } = await securityEvents({ database: opened.database, security }, adminCaller(), {}, {});
  expect(edges.map(({ node }) => `${node.kind} ${node.subject}`).toSorted()).toEqual([
    "FORBIDDEN Room.locked",
    "FORBIDDEN Room.lockedLater",
  ]);
});
