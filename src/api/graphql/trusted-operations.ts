/** The list of the only operations that strangers and evaluation keys may send, where the operator keeps one. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type DocumentNode, parse, print } from "graphql";
import { z } from "zod";
import type { Caller } from "../../features/permissions/index.js";
import { StartProblem } from "../../platform/start-problem.js";
import { isKnown } from "./introspection.js";

export interface TrustedOperations {
  /** The text of the operation that the manifest knows by this id. */
  readonly named: (id: string) => string | undefined;
  /** Whether the document is in the manifest, whatever its layout and comments. */
  readonly includes: (document: DocumentNode) => boolean;
}

/** What is wrong with a text as an operation of this server; empty where all is well. */
export type CheckOperation = (text: string) => readonly string[];

type Entries = (readonly [id: string, text: string])[];

const apolloManifest = z
  .object({
    format: z.literal("apollo-persisted-query-manifest"),
    version: z.literal(1),
    operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
  })
  .transform(({ operations }): Entries => operations.map(({ id, body }) => [id, body]));
const plainManifest = z
  .record(z.string(), z.string().min(1))
  .transform((texts): Entries => Object.entries(texts));
const tellMost = 10;

/**
 * Reads the manifest, Apollo's or a JSON object of operation texts by their SHA-256.
 * @throws {StartProblem} naming the file and what is wrong with it.
 */
export async function loadTrustedOperations(file: string, check: CheckOperation): Promise<TrustedOperations> {
  const texts = readManifest(file, await readJson(file));
  const mistakes = [...texts].flatMap(([id, text]) => check(text).map((mistake) => `${id}: ${mistake}`));
  if (mistakes.length > 0) throw problem(file, mistakes);
  const hashes = new Set([...texts.values()].map((text) => hashOf(parse(text))));
  return { named: (id) => texts.get(id), includes: (document) => hashes.has(hashOf(document)) };
}

/** Whom the manifest binds: users and MANAGEMENT keys are free, so that they can work in Sandbox. */
export function isBound(caller: Caller): boolean {
  return !isKnown(caller);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartProblem(
      `Cannot read the manifest of trusted operations, ${file} (TRUSTED_OPERATIONS_FILE): ${reason}`,
      { cause: error },
    );
  }
}

function readManifest(file: string, content: unknown): ReadonlyMap<string, string> {
  const isApollos = typeof content === "object" && content !== null && "format" in content;
  const { data, error } = (isApollos ? apolloManifest : plainManifest).safeParse(content);
  if (data === undefined) throw problem(file, mistakesOf(error));
  return new Map(data);
}

function mistakesOf(error: z.ZodError): readonly string[] {
  return error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
}

function problem(file: string, mistakes: readonly string[]): StartProblem {
  const more = mistakes.length > tellMost ? [`and ${mistakes.length - tellMost} more`] : [];
  const told = [...mistakes.slice(0, tellMost), ...more].join("; ");
  return new StartProblem(`The manifest of trusted operations, ${file}, does not work: ${told}`);
}

function hashOf(document: DocumentNode): string {
  return createHash("sha256").update(print(document)).digest("hex");
}
