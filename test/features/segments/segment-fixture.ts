/** What segments know of flags, as a test says it: the flags room itself comes later. */
import type {
  EnvironmentInUse,
  FlagUse,
  SegmentTools,
} from "../../../src/features/segments/guard-segment.js";
import { experimentsUsingSegment } from "../../../src/features/experiments/experiment-holders.js";
import type { Database } from "../../../src/platform/database/index.js";
import { testTools } from "../../support/tools.js";

/** No flag uses any segment. */
export function segmentTools(database: Database): SegmentTools {
  return {
    ...testTools(database),
    flagUsers: async () => [],
    audienceUsers: experimentsUsingSegment,
    environmentsUsing: async () => [],
  };
}

/** The same, with every segment in use there; all environments but development are protected and demand versions. */
export function inUse(
  tools: SegmentTools,
  uses: { readonly flags?: readonly FlagUse[]; readonly environments?: readonly string[] },
): SegmentTools {
  const { flags = [], environments = [] } = uses;
  const using: EnvironmentInUse[] = environments.map((key) => ({
    key,
    protected: key !== "development",
    requireExpectedVersion: key !== "development",
  }));
  return { ...tools, flagUsers: async () => flags, environmentsUsing: async () => using };
}
