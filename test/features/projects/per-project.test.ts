/** What stands in several projects is loaded with one statement a project, and each name is answered with what is its own. */
import { expect, it } from "vitest";
import { perProject } from "../../../src/features/projects/index.js";

it("reads each project once, and gives every name the rows of its key", async () => {
  const asked: string[] = [];
  const loader = perProject(
    async (project, keys) => {
      asked.push(`${project}: ${keys.join(" ")}`);
      return keys.flatMap((key) => (key === "gone" ? [] : [`${key} of ${project}`, `${key} again`]));
    },
    (row) => row.split(" ")[0] ?? "",
    (rows) => rows,
  );
  const names = [
    { project: "shop", key: "till" },
    { project: "blog", key: "till" },
    { project: "shop", key: "gone" },
    { project: "shop", key: "till" },
  ];
  expect(await Promise.all(names.map(async (name) => loader.load(name)))).toEqual([
    ["till of shop", "till again"],
    ["till of blog", "till again"],
    [],
    ["till of shop", "till again"],
  ]);
  expect(asked).toEqual(["shop: till gone", "blog: till"]);
});
