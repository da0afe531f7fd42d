/** GraphQL shapes of verifying the audit log, and of taking content out of it. */
import { Field, ID, InputType, Int, ObjectType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("AuditCheckpoint", { description: "A signed position of the audit log." })
export class AuditCheckpointType {
  @Field(() => String, {
    description: "One line of text that proves it away from the server: keep it somewhere else.",
  })
  token!: string;

  @Field(() => String, { description: "The change that it vouches for, and with it for all before." })
  revision!: string;

  @Field(() => DateTimeScalar, { description: "When it was signed." })
  at!: string;
}

@ObjectType("AuditFork", {
  description: "A history that was replaced by an older state: what came after that state was given up.",
})
export class AuditForkType {
  @Field(() => String, { description: "The change that says so." })
  revision!: string;

  @Field(() => String, {
    nullable: true,
    description: "The newest change of what was given up; null where nobody knew it.",
  })
  abandoned!: string | null;

  @Field(() => String, { description: "The newest change of the older state." })
  restored!: string;

  @Field(() => String, { nullable: true, description: "Why, in the words of who said so; null without any." })
  reason!: string | null;
}

@ObjectType("AuditFinding", { description: "Something in the audit log that is not as it was written." })
export class AuditFindingType {
  @Field(() => Int, { description: "Number of the change at which it shows." })
  seq!: number;

  @Field(() => String, { description: "What is wrong, in a sentence." })
  problem!: string;
}

@ObjectType("AuditVerification", { description: "What came of reading the whole audit log." })
export class AuditVerificationType {
  @Field(() => Boolean, { description: "Whether everything is as it was written." })
  ok!: boolean;

  @Field(() => Int, { description: "How many changes were read." })
  rows!: number;

  @Field(() => Int, {
    description:
      "How many histories there were: one, and one more for each time an older state was restored.",
  })
  epochs!: number;

  @Field(() => String, { nullable: true, description: "The newest change; null when there is none." })
  revision!: string | null;

  @Field(() => Int, { description: "How many checkpoints match their change and their signature." })
  checkpoints!: number;

  @Field(() => AuditCheckpointType, { nullable: true, description: "The newest of those; null for none." })
  newestCheckpoint!: AuditCheckpointType | null;

  @Field(() => [AuditForkType], { description: "Each time that an older state was restored, oldest first." })
  forks!: readonly AuditForkType[];

  @Field(() => [AuditFindingType], { description: "What is wrong: the first hundred findings." })
  findings!: readonly AuditFindingType[];

  @Field(() => Int, { description: "How many findings there are in all." })
  findingCount!: number;
}

@InputType({ description: "Changes whose content is to be erased." })
export class EraseChangesInput extends ChangeInput {
  @Field(() => [ID], { description: "Ids of the changes, at most 1 000." })
  changeIds!: string[];
}
