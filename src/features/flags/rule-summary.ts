/** A rule as a sentence that people read: "country is DE or FR, and plan is not free → 25 % get on". */
import { weightToPercent } from "../../evaluation/index.js";
import { summarizeCondition, summarizeMoment } from "../segments/index.js";
import type { Gate, Rule, Serve, Split } from "./flag.js";
import { aggregated } from "./serve-input.js";

/** The sentence, without a capital and without a full stop: whom it is for, when, and what they get. */
export function summarizeRule({ when, gate, serve, startsAt, endsAt }: Rule): string {
  const who = [
    when === null ? "everyone" : summarizeCondition(when),
    ...(startsAt === null && endsAt === null ? [] : [summarizeWindow(startsAt, endsAt)]),
  ];
  return `${who.join(", ")} → ${summarizeServed(gate, serve)}`;
}

function summarizeWindow(startsAt: string | null, endsAt: string | null): string {
  return [
    ...(startsAt === null ? [] : [`from ${summarizeMoment(startsAt)}`]),
    ...(endsAt === null ? [] : [`until ${summarizeMoment(endsAt)}`]),
  ].join(" ");
}

function summarizeServed(gate: Gate | null, serve: Serve): string {
  if (gate === null) return "variant" in serve ? serve.variant : summarizeSplit(serve);
  const share = `${gate.percent} %${summarizeBy(gate.bucketBy)}`;
  return "variant" in serve ? `${share} get ${serve.variant}` : `of ${share}, ${summarizeSplit(serve)}`;
}

/** "30 % get red, 50 % get blue, 20 % get nothing here" */
function summarizeSplit({ split, bucketBy }: Split): string {
  const sum = split.reduce((total, { weight }) => total + weight, 0);
  const shares = aggregated(split).map(
    ({ variant, weight }) => `${weightToPercent(weight, sum)} % get ${variant ?? "nothing here"}`,
  );
  return `${shares.join(", ")}${summarizeBy(bucketBy)}`;
}

function summarizeBy(bucketBy: readonly string[] | null): string {
  return bucketBy === null ? "" : ` by ${bucketBy.join(" or ")}`;
}
