/**
 * The house's import rules (docs/house.md says why). Type-only imports count like any other: what may not be
 * imported may not be named either. The swc parser is used because dependency-cruiser's own TypeScript parser
 * does not read TypeScript 7.
 */
const { existsSync, readdirSync } = require("node:fs");

/** The rooms of src/features, in building order: a room imports only rooms named before it. Add a new room here. */
const ROOMS = [
  "permissions",
  "ledger",
  "security",
  "settings",
  "accounts",
  "projects",
  "environments",
  "segments",
  "flags",
  "snapshots",
  "delivery",
  "happenings",
  "analytics",
  "tracking",
  "experiments",
  "rollouts",
  "webhooks",
];

/** The floors, lowest first: a file imports only from its own floor or from a floor below. */
const FLOORS = [
  ["^src/(evaluation|statistics)/"],
  ["^src/platform/"],
  ["^src/features/"],
  ["^src/api/"],
  ["^src/(app|parts)\\.ts$"],
  ["^src/(main\\.ts$|cli/)"],
].flat();

/** Folders beside the rooms that are entered through their index.ts as well. */
const DOORWAYS = ["evaluation", "statistics", "platform/database", "platform/bus"];

/** One door per package: outside the named places nobody imports it. */
const DOORS = [
  {
    packages: ["ioredis", "graphql-redis-subscriptions", "graphql-subscriptions"],
    door: ["^src/platform/bus/redis[^/]*\\.ts$"],
  },
  { packages: ["postgres", "@electric-sql/pglite"], door: ["^src/platform/database/"] },
  { packages: ["drizzle-orm"], door: ["\\.(table|store)\\.ts$", "^src/platform/database/"] },
  { packages: ["type-graphql"], door: ["\\.(types|resolver)\\.ts$", "^src/(platform|api)/graphql/"] },
  { packages: ["@apollo", "@as-integrations", "ws", "graphql-ws"], door: ["^src/api/graphql/"] },
  { packages: ["fastify", "@fastify"], door: ["^src/api/", "^src/app\\.ts$"] },
  { packages: ["jose", "@node-rs/argon2", "otpauth"], door: ["^src/features/accounts/"] },
  { packages: ["pino", "pino-pretty", "prom-client"], door: ["^src/platform/"] },
  { packages: ["commander"], door: ["^src/(main\\.ts$|cli/)"] },
];

/** Nothing else from npm, and nothing of Node, is used on the ground floor, so that it also runs in a browser. */
const EVALUATION_PACKAGES = ["re2js", "ipaddr.js", "semver"];

const error = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const escape = (text) => text.replaceAll(".", "\\.");
/** Matches a package whether it was found in node_modules or not. */
const npm = (packages) =>
  `(^|/node_modules/|^node_modules/)(@types/)?(${packages.map(escape).join("|")})(/|$)`;
const room = (names) => `^src/features/(${names.join("|")})/`;

/** A folder, and those in it: a room that has grown has some. */
function foldersOf(folder) {
  if (!existsSync(folder)) return [];
  const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [folder, ...inside.flatMap((entry) => foldersOf(`${folder}/${entry.name}`))];
}

/** A pure noun is the file that its table or store is named after: `flag.ts` beside `flag.table.ts`. */
const pureNouns = ROOMS.flatMap((name) => foldersOf(`src/features/${name}`)).flatMap((folder) => {
  const files = readdirSync(folder);
  return files
    .filter((file) => /^[^.]+\.ts$/.test(file))
    .flatMap((file) => {
      const noun = file.slice(0, -".ts".length);
      const hasFurniture = files.includes(`${noun}.table.ts`) || files.includes(`${noun}.store.ts`);
      return hasFurniture ? [`${folder}/${escape(file)}`] : [];
    });
});

const floors = FLOORS.slice(0, -1).map((floor, level) =>
  error(
    `floors-${level}`,
    "A file imports only from its own floor or from a floor below: move what is shared down, or the caller up.",
    { path: floor },
    { path: FLOORS.slice(level + 1) },
  ),
);

const nextDoor = [
  error(
    "sdk-is-next-door",
    "The client library shares the evaluator with the server and nothing else.",
    { path: "^src/sdk/" },
    { path: "^src/", pathNot: "^src/(sdk|evaluation)/" },
  ),
  error(
    "dashboard-is-next-door",
    "Browser code reaches the server by GraphQL over the wire only.",
    { path: "^src/dashboard/" },
    { path: "^src/", pathNot: "^src/dashboard/" },
  ),
  error(
    "server-stays-home",
    "The server imports neither the client library nor the dashboard.",
    { path: "^src/", pathNot: "^src/(sdk|dashboard)/" },
    { path: "^src/(sdk|dashboard)/" },
  ),
];

const groundFloor = [
  error(
    "ground-floor-has-no-builtins",
    "evaluation/ and statistics/ do no I/O: what they need to know comes in as an argument.",
    { path: FLOORS[0] },
    { dependencyTypes: ["core"] },
  ),
  error(
    "ground-floor-packages",
    `evaluation/ uses ${EVALUATION_PACKAGES.join(", ")} and statistics/ no package at all.`,
    { path: FLOORS[0] },
    { path: "node_modules/", pathNot: npm(EVALUATION_PACKAGES) },
  ),
  error(
    "ground-floor-neighbours",
    "evaluation/ and statistics/ do not know each other.",
    { path: "^src/(evaluation|statistics)/" },
    { path: "^src/(evaluation|statistics)/", pathNot: "^src/$1/" },
  ),
];

const roomOrder = [
  ...ROOMS.slice(0, -1).map((name, index) =>
    error(
      `room-order-${name}`,
      `${name}/ comes before the room it imports here. The order stands at the top of .dependency-cruiser.cjs.`,
      { path: room([name]), pathNot: "\\.table\\.ts$" },
      { path: room(ROOMS.slice(index + 1)) },
    ),
  ),
  error(
    "room-order-unknown",
    "Every folder of src/features is a room with a place in the list at the top of .dependency-cruiser.cjs.",
    { path: "^src/", pathNot: room(ROOMS) },
    { path: "^src/features/", pathNot: room(ROOMS) },
  ),
  error(
    "room-order-unlisted",
    "This folder is not in the list of rooms at the top of .dependency-cruiser.cjs, so nothing says what it may import.",
    { path: "^src/features/", pathNot: room(ROOMS) },
    {},
  ),
];

const doorways = [
  error(
    "doorways",
    "Enter another room through its index.ts. Only a table may name another room's table, for its foreign keys.",
    { path: "^src/features/([^/]+)/", pathNot: "\\.table\\.ts$" },
    { path: "^src/features/", pathNot: ["^src/features/$1/", "^src/features/[^/]+/index\\.ts$"] },
  ),
  error(
    "doorways-from-outside",
    "Enter a room through its index.ts.",
    { path: "^src/(?!features/)" },
    { path: "^src/features/", pathNot: "^src/features/[^/]+/index\\.ts$" },
  ),
  ...DOORWAYS.map((folder) =>
    error(
      `doorway-${folder.split("/").at(-1)}`,
      `Enter ${folder}/ through its index.ts.`,
      { path: "^src/", pathNot: `^src/${folder}/` },
      { path: `^src/${folder}/`, pathNot: `^src/${folder}/index\\.ts$` },
    ),
  ),
  error(
    "doorway-is-for-others",
    "Inside a room import the file itself; its doorway is for the other rooms.",
    { path: "^src/features/([^/]+)/" },
    { path: "^src/features/$1/index\\.ts$" },
  ),
];

const furniture = [
  error(
    "table-stands-alone",
    "A table imports other tables, whichever room they stand in (foreign keys follow the data), and its own room's nouns.",
    { path: "^src/features/([^/]+)/.*\\.table\\.ts$" },
    {
      path: "^src/",
      pathNot: [
        "\\.table\\.ts$",
        "^src/features/$1/(?!index\\.ts)[^.]+\\.ts$",
        "^src/(evaluation|platform/database)/",
      ],
    },
  ),
  error(
    "table-in-reach",
    "drizzle-kit loads the tables by themselves: no GraphQL shape and no resolver may come along.",
    { path: "\\.table\\.ts$" },
    { path: "\\.(types|resolver)\\.ts$", reachable: true },
  ),
  error(
    "furniture-store",
    "table → store → use case → types → resolver: a store imports only what stands to its left.",
    { path: "\\.store\\.ts$" },
    { path: "^src/.*\\.(queries|loaders|types|resolver)\\.ts$" },
  ),
  error(
    "furniture-use-case",
    "table → store → use case → types → resolver: a use case knows nothing of GraphQL.",
    { path: "^src/features/", pathNot: "(\\.(types|resolver)|/index)\\.ts$" },
    { path: "\\.(types|resolver)\\.ts$" },
  ),
  error(
    "furniture-types",
    "table → store → use case → types → resolver: a GraphQL shape does not import resolvers.",
    { path: "\\.types\\.ts$" },
    { path: "\\.resolver\\.ts$" },
  ),
  ...(pureNouns.length === 0
    ? []
    : [
        error(
          "furniture-pure-noun",
          "The file named for the noun alone holds its types and pure rules: it imports no furniture.",
          { path: `^(${pureNouns.join("|")})$` },
          { path: "^src/.*\\.(table|store|queries|loaders|types|resolver)\\.ts$" },
        ),
      ]),
];

const doors = DOORS.map(({ packages, door }) =>
  error(
    `one-door-${packages[0]}`,
    `${packages.join(", ")} ${packages.length > 1 ? "have" : "has"} one door: ${door.join(", ")}.`,
    { path: "^src/", pathNot: door },
    { path: npm(packages) },
  ),
);

module.exports = {
  forbidden: [
    ...floors,
    ...nextDoor,
    ...groundFloor,
    ...roomOrder,
    ...doorways,
    ...furniture,
    ...doors,
    error(
      "no-circles",
      "Two files that need each other are one file, or lack a third.",
      {},
      { circular: true },
    ),
    error(
      "no-orphans",
      "Nobody imports this file and it imports nothing: delete it, or say where it belongs.",
      { orphan: true, path: "^src/" },
      {},
    ),
    error(
      "no-tests-in-src",
      "The house does not lean on its scaffolding.",
      { path: "^src/" },
      { path: "^(test|bench|examples)/" },
    ),
    error(
      "no-dev-packages",
      "What the server imports must be installed with the server.",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev"] },
    ),
    error(
      "no-unknown-packages",
      "This package is not in package.json.",
      { path: "^src/" },
      { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    ),
    error("no-unresolvable", "This import leads nowhere.", {}, { couldNotResolve: true }),
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};
