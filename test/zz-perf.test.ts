import { it } from "vitest";
import { sql } from "drizzle-orm";
import { openFixture } from "./features/flags/settings-fixture.js";
import { furnishEnvironment, loadFlags } from "../src/features/flags/index.js";
import { createEnvironment } from "../src/features/environments/index.js";
import { adminCaller } from "./support/tools.js";
it("perf", async () => {
  for (const kind of ["pglite", "postgresql"] as const) {
  const f = await openFixture({}, kind);
  const d = f.tools.database;
  await d.execute(sql`insert into flags (project, key, name, type, kind) select 'default', 'f' || i, 'x', 'BOOLEAN', 'RELEASE' from generate_series(1, 10000) i`);
  await d.execute(sql`insert into variants (project, flag, key, position, value) select 'default', 'f' || i, v, 0, 'true' from generate_series(1, 10000) i, unnest(array['on','off']) v`);
  let t = performance.now();
  await createEnvironment({ ...f.tools, furnishEnvironment }, adminCaller(), { key: "big" });
  console.log(kind, "furnish", performance.now() - t); t = performance.now();
  await createEnvironment({ ...f.tools, furnishEnvironment }, adminCaller(), { key: "bigger", copyFrom: "big" });
  console.log(kind, "copy", performance.now() - t); t = performance.now();
  const flags = await loadFlags(d, "default", "big", null);
  console.log(kind, "load", flags.length, performance.now() - t); t = performance.now();
  await loadFlags(d, "default", "big", flags.slice(0, 1000).map((x) => x.definition.key));
  console.log(kind, "load 1000", performance.now() - t);t = performance.now();
  await loadFlags(d, "default", "big", flags.slice(0, 1).map((x) => x.definition.key));
  console.log(kind, "load 1", performance.now() - t);
  await f.opened.close();
  }
}, 120000);
