/** GraphQL operations on the audit log as a whole. */
import { Arg, Ctx, Mutation, Query, Resolver } from "type-graphql";
import type { RequestContext } from "../permissions/index.js";
import { auditVerification } from "./audit.queries.js";
import { AuditVerificationType, EraseChangesInput } from "./audit.types.js";
import { revisionOf } from "./change.js";
import { AuditEventType } from "./change.types.js";
import { tokenOf } from "./checkpoint.js";
import { eraseChanges } from "./erase-changes.js";
import type { Verification } from "./verify-ledger.js";
import type { LedgerTools } from "./write.js";

type Context = RequestContext<LedgerTools & { readonly secretKeys: readonly string[] }>;

@Resolver()
export class AuditVerificationResolver {
  @Query(() => AuditVerificationType, {
    description:
      "Reads the whole audit log and says whether it is as it was written: nothing edited, removed, inserted or cut off. Needs the role ADMIN for the whole server.",
  })
  async auditVerification(
    @Ctx() { tools, caller }: Context,
    @Arg("checkpoints", () => [String], {
      nullable: true,
      description:
        "Checkpoints that were kept somewhere else, as the server's log has them: what was cut off after them shows.",
    })
    checkpoints?: string[] | null,
  ): Promise<AuditVerificationType> {
    return shapeOf(await auditVerification(tools, caller, checkpoints ?? []));
  }

  @Mutation(() => AuditEventType, {
    description:
      "Erases the content of changes for good: before, after and reason. That they happened, who did it and when stays, and the log still verifies. Answers with the change that records it, which leaves out what is empty already; CONFLICT where all of it is. Needs the role ADMIN for the whole server.",
  })
  async eraseChanges(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => EraseChangesInput, { description: "Which changes." }) input: EraseChangesInput,
  ): Promise<AuditEventType> {
    return eraseChanges(tools, caller, input);
  }
}

function shapeOf({
  position,
  newestCheckpoint,
  forks,
  ...verification
}: Verification): AuditVerificationType {
  const { rows, epochs, checkpoints, findings, findingCount } = verification;
  return {
    ...{ ok: findingCount === 0, rows, epochs, checkpoints, findings, findingCount },
    revision: position && revisionOf(position),
    newestCheckpoint: newestCheckpoint && {
      token: tokenOf(newestCheckpoint),
      revision: revisionOf(newestCheckpoint),
      at: newestCheckpoint.at,
    },
    forks: forks.map(({ abandoned, restored, reason, ...at }) => ({
      revision: revisionOf(at),
      abandoned: abandoned && revisionOf(abandoned),
      restored: revisionOf(restored),
      reason,
    })),
  };
}
