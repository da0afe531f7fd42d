/** Evaluations over HTTP while two hundred people sign in at once, beside evaluations while nobody does; one server, rounds in turn. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askGraphQL } from "../test/support/graphql-client.js";
import type { Crowd } from "./crowd.js";
import { type Figure, figureOf, type Round } from "./figure.js";
import { type BuiltServer, startBuiltServer } from "./server.js";

const rounds = 5;
const people = 50;
const crowdSize = 200;
const evaluators = 4;
const thinkMs = 5; // between an answer and the next question of an evaluator
const quietMs = 2_000;

const password = "correct horse battery";
const evaluate = '{ evaluate(flagKey: "welcome", context: { targetingKey: "user-1" }) { value } }';
const createUser = `mutation ($email: String!, $password: String!) {
  createUser(input: { email: $email, password: $password, role: VIEWER }) { id } }`;

export async function signInBench(): Promise<readonly Figure[]> {
  const server = await startBuiltServer(undefined, {
    ...{ RATE_LIMIT_SIGN_IN: "0", RATE_LIMIT_MANAGEMENT: "0", TRUSTED_PROXIES: "127.0.0.1" },
  });
  const crowd = fork(fileURLToPath(new URL("crowd.ts", import.meta.url)));
  for (let person = 0; person < people; person += 1) {
    await askGraphQL(server.url, createUser, { email: emailOf(person), password }, server.key("management"));
  }
  const measured: Round[] = [];
  await evaluateWhile(server, pause(quietMs)); // warm
  for (let round = 0; round < rounds; round += 1) {
    const quiet = await evaluateWhile(server, pause(quietMs));
    const loud = await evaluateWhile(server, signInTogether(crowd, server, round));
    measured.push({ value: percentile99(loud), reference: percentile99(quiet) });
  }
  crowd.kill();
  await server.stop();
  const name = `evaluate over HTTP, p99, ${crowdSize} sign-ins at once, embedded`;
  return [figureOf(name, "ms", "p99 while nobody signs in", measured)];
}

/** Half of them find the queue full and are sent away. */
async function signInTogether(crowd: ChildProcess, { url }: BuiltServer, round: number): Promise<void> {
  const emails = Array.from({ length: crowdSize }, (_, index) => emailOf(index % people));
  const told: Crowd = { url, emails, password, network: `198.51.${round}` };
  const answered = once(crowd, "message") as Promise<[string[]]>;
  crowd.send(told);
  const [codes] = await answered;
  const strange = codes.filter((code) => code !== "signed in" && code !== "RATE_LIMITED");
  if (strange.length > 0 || !codes.includes("signed in"))
    throw new Error(`Sign-ins gave ${codes.join(", ")}.`);
}

function emailOf(person: number): string {
  return `person-${person}@example.com`;
}

/** The milliseconds that each evaluation took until `end`. */
async function evaluateWhile(server: BuiltServer, end: Promise<unknown>): Promise<number[]> {
  const key = server.key("client_development");
  const taken: number[] = [];
  const over = new AbortController();
  const ask = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const started = performance.now();
      const { data } = await askGraphQL(server.url, evaluate, {}, key);
      if (data === null || data === undefined) throw new Error("An evaluation was not answered.");
      taken.push(performance.now() - started);
      await pause(thinkMs);
    }
  };
  const asking = Promise.all(Array.from({ length: evaluators }, ask));
  await end;
  over.abort();
  await asking;
  return taken;
}

function percentile99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? Number.NaN;
}
