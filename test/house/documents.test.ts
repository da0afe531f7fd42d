/** What the documents show is true: the README's picture of src/, and every path, link, command and query in any of them. */
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildSchema, parse, validate } from "graphql";
import { describe, expect, test } from "vitest";
import { buildProgram } from "../../src/cli/program.js";
import { packageJson, read, repositoryFiles } from "./repository.js";

const documents = repositoryFiles().filter((file) => file.endsWith(".md"));

describe("the README's picture of src/", () => {
  const drawing = /^```\w*\n(src\/[^]*?)^```$/m;
  const drawn = (): readonly string[] => drawnPaths(drawing.exec(read("README.md"))?.[1] ?? "");

  test("shows only what is there", () => {
    expect(drawn()).not.toEqual([]);
    expect(drawn().filter((path) => !existsSync(path))).toEqual([]);
  });

  test("shows every floor and every room", () => {
    const floors = readdirSync("src").map((name) => `src/${name}`);
    const rooms = readdirSync("src/features").map((name) => `src/features/${name}`);
    expect(drawn()).toEqual(expect.arrayContaining([...floors, ...rooms]));
  });
});

describe.each(documents)("%s", (document) => {
  const text = read(document);

  test("names no file that is not there", () => {
    const named = found(text, /`((?:\.?\/)?(?:src|test|docs|drizzle|bench|deploy|examples)\/[\w./-]*)`/g);
    const isThere = (path: string): boolean => existsSync(path) || existsSync(join(dirname(document), path));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  test("links to no place that is not there", () => {
    const links = found(text, /\]\((?!https?:|#|mailto:)([^)#\s]+)/g);
    expect(links.filter((link) => !existsSync(join(dirname(document), link)))).toEqual([]);
  });

  test("shows no command that would fail", () => {
    const shell = found(text, /^```(?:bash|sh|shell|console)\n([^]*?)^```$/gm);
    const inline = found(text, /`((?:npm|npx|halyard) [^`\n]+)`/g);
    const mistakes = [...shell.flatMap(commandsOf), ...inline.flatMap(commandsOf)].map(
      (command) => [command, mistakeIn(command)] as const,
    );
    expect(mistakes.filter(([, mistake]) => mistake !== undefined)).toEqual([]);
  });

  test("shows no operation that the schema refuses", () => {
    const operations = [
      ...found(text, /^```graphql\n([^]*?)^```$/gm),
      ...found(text, /\bgql`([^`]*)`/g),
      ...found(text, /"query": ?"((?:[^"\\]|\\.)*)"/g).map((json) => JSON.parse(`"${json}"`) as string),
    ];
    expect(operations.flatMap(refusals)).toEqual([]);
  });
});

test("the README shows how to start and what to ask", () => {
  expect(read("README.md")).toMatch(/^npm ci && npm start/m);
  expect(read("README.md")).toMatch(/^ *curl /m);
});

/** What the pattern's first group caught, each time. */
function found(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? "");
}

function refusals(operation: string): readonly string[] {
  const schema = buildSchema(read("schema.graphql"));
  return validate(schema, parse(operation)).map((error) => `${error.message} In: ${operation}`);
}

/** The paths a picture draws, by indentation or with lines; several names may share a line, what follows them is prose. */
function drawnPaths(picture: string): readonly string[] {
  const open: { readonly indent: number; readonly path: string }[] = [];
  const lines = picture.replaceAll(/[│├└─]/g, " ").split("\n");
  return lines.flatMap((line) => {
    const indent = line.search(/\S/);
    const names = namesAtStart(line);
    if (names.length === 0) return [];
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const parent = open.at(-1)?.path;
    const paths = names.map((name) => (parent === undefined ? name : `${parent}/${name}`));
    open.push({ indent, path: paths[0] ?? "" });
    return paths;
  });
}

function namesAtStart(line: string): readonly string[] {
  const words = line.trim().split(/[\s,]+/);
  const end = words.findIndex((word) => !/^[\w.-]+(\/|\.ts)$/.test(word));
  return words.slice(0, end === -1 ? words.length : end).map((word) => word.replace(/\/$/, ""));
}

/** One command a line, as a person pastes it: prompts and comments dropped, continued lines joined. */
function commandsOf(text: string): readonly string[] {
  const lines = text.replaceAll(/\\\n\s*/g, "").split("\n");
  const shown = lines.map((line) =>
    line
      .replace(/^\$ /, "")
      .replace(/\s+#.*$/, "")
      .trim(),
  );
  return shown
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => line.split(/\s+&&\s+/));
}

/** Says what is wrong with a command; undefined when it would find what it names. */
function mistakeIn(command: string): string | undefined {
  const [program = "", ...words] = command.replace(/^(?:[A-Z_]+=\S* )+/, "").split(/\s+/);
  const check = programs[program];
  return check === undefined ? `teach this test what ${program} needs` : check(words);
}

const programs: Readonly<Record<string, (words: readonly string[]) => string | undefined>> = {
  npm: npmMistake,
  halyard: ([name = ""]) => halyardMistake(name),
  npx: ([program, name = ""]) => {
    if (program === "tsx") return missing(name);
    return program === "halyard" ? halyardMistake(name) : `${String(program)} is not ours`;
  },
  node: ([file, name = ""]) => (file === "dist/main.js" ? halyardMistake(name) : missing(file)),
  docker: ([name]) => missing(name === "compose" ? "docker-compose.yml" : "Dockerfile"),
  curl: (words) => addressMistake(words.join(" ")),
  cp: ([from]) => missing(from),
  kubectl: ([name, , file]) => (name === "apply" ? missing(file) : undefined),
  git: ([name]) => (name === "clone" ? undefined : "only `git clone` belongs here"),
  cd: () => undefined,
  echo: () => undefined,
  export: () => undefined,
  openssl: () => undefined,
};

function npmMistake([command = "", script = ""]: readonly string[]): string | undefined {
  if (command === "ci" || command === "install") return undefined;
  const name = command === "run" ? script : command;
  return name in packageJson().scripts ? undefined : `package.json has no script ${name}`;
}

function halyardMistake(name: string): string | undefined {
  const known = buildProgram({}).commands.map((command) => command.name());
  return name === "" || name.startsWith("-") || known.includes(name)
    ? undefined
    : `halyard has no command ${name}`;
}

function addressMistake(words: string): string | undefined {
  const path = /https?:\/\/[\w.]+(?::\d+)?(\/[\w/-]*)?/.exec(words)?.[1] ?? "/";
  const known =
    /^\/(graphql|ofrep\/v1\/events|ofrep\/v1\/evaluate\/flags(\/[\w-]+)?|livez|readyz|health|metrics)$/;
  return known.test(path) ? undefined : `nothing answers at ${path}`;
}

function missing(file: string | undefined): string | undefined {
  return file !== undefined && existsSync(file) ? undefined : `there is no ${String(file)}`;
}
