/** Who refers to whom: for cycle checks, for "used by", and for what a change can touch. */
import { compileFlag } from "./definitions/flag.js";
import type { References } from "./definitions/reading.js";
import { compileSegment } from "./definitions/segment.js";
import type { Flag, Segment } from "./model.js";

/** The name of a flag or segment in a graph that holds both. */
export function nodeOf(kind: "flag" | "segment", key: string): string {
  return `${kind}:${key}`;
}

/** The nodes that a definition refers to; some may be named twice. */
export function referencedNodes({ flags, segments }: References): string[] {
  return [
    ...flags.map(({ flagKey }) => nodeOf("flag", flagKey)),
    ...segments.map((key) => nodeOf("segment", key)),
  ];
}

/** The flags (by prerequisites and conditions) and segments that a definition names; of a malformed one, as far as it can be read. */
export function referencesOf(definition: Flag | Segment): References {
  const compiled =
    "fallthrough" in definition
      ? compileFlag(definition.key, definition)
      : compileSegment(definition.key, definition);
  return compiled.findings.references;
}

/**
 * A circle that can be reached from `starts`, as the path around it with its first node again at the end; undefined when there is none.
 * `referenced` gives the nodes that a node refers to. Linear in nodes and references; any depth.
 */
export function findCycle(
  starts: Iterable<string>,
  referenced: (node: string) => Iterable<string>,
): readonly string[] | undefined {
  const finished = new Set<string>();
  for (const start of starts) {
    const path: Step[] = finished.has(start) ? [] : [enter(start, referenced)];
    const onPath = new Set([start]);
    for (let step = path.at(-1); step !== undefined; step = path.at(-1)) {
      const next = step.edges.next();
      if (next.done === true) {
        path.pop();
        onPath.delete(step.node);
        finished.add(step.node);
      } else if (onPath.has(next.value)) {
        const nodes = path.map(({ node }) => node);
        return [...nodes.slice(nodes.indexOf(next.value)), next.value];
      } else if (!finished.has(next.value)) {
        path.push(enter(next.value, referenced));
        onPath.add(next.value);
      }
    }
  }
  return undefined;
}

/** A node on the way, and the references of it that are still to be followed. */
interface Step {
  readonly node: string;
  readonly edges: Iterator<string>;
}

function enter(node: string, referenced: (node: string) => Iterable<string>): Step {
  return { node, edges: referenced(node)[Symbol.iterator]() };
}
