/** GraphQL inputs of the mutations on a flag's shared part. */
import { Field, InputType, Int } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { FlagType } from "../../evaluation/index.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";
import { FlagKind } from "./flag.js";
import { FlagSettingsInput } from "./settings-input.types.js";

const projectDescription = "Key of the project; the API key's own or `default` when absent.";
const keyShape =
  "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique without regard to case.";

@InputType({ description: "A new variant." })
export class VariantInput {
  @Field(() => String, { description: keyShape })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the variant is." })
  description?: string | null;

  @Field(() => JsonScalar, {
    description: "The value: of the flag's type, as its value schema says, at most 64 KiB.",
  })
  value!: unknown;
}

@InputType({ description: "Names a flag." })
export class FlagRefInput extends ChangeInput {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "`Flag.version` that the change builds on; another current version is a CONFLICT. Must be given for a change that alters answers where an environment in use demands it.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "A new flag. It is off everywhere unless `environments` says otherwise." })
export class CreateFlagInput extends ChangeInput {
  @Field(() => String, { description: `${keyShape} The project may demand a pattern.` })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => FlagType, {
    defaultValue: FlagType.BOOLEAN,
    description: "The type of its values; it cannot be changed.",
  })
  type!: FlagType;

  @Field(() => FlagKind, { defaultValue: FlagKind.RELEASE, description: "What it is for." })
  kind!: FlagKind;

  @Field(() => String, { nullable: true, description: "What the flag is for, in words." })
  description?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: "Words to find it by: at most 50, each of at most 64 characters.",
  })
  tags?: string[] | null;

  @Field(() => String, { nullable: true, description: "E-mail of the user who looks after it." })
  owner?: string | null;

  @Field(() => [VariantInput], {
    nullable: true,
    description:
      "The values that it can answer, in the order of display. A BOOLEAN flag has `on` and `off` when absent. The variant `off`, else the first, is served while the flag is off; `on`, else the first, to everyone once it is on.",
  })
  variants?: VariantInput[] | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "JSON Schema (draft 2020-12, or draft 7 where `$schema` says so) that every variant's value must satisfy.",
  })
  valueSchema?: unknown;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether CLIENT keys may see its answers; true when absent.",
  })
  clientVisible?: boolean | null;

  @Field(() => [FlagSettingsInput], {
    nullable: true,
    description:
      "What it does in some environments. To start enabled in a protected one needs the role MANAGER.",
  })
  environments?: FlagSettingsInput[] | null;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;
}

@InputType({ description: "A change of a flag's shared part. What is absent stays as it is." })
export class UpdateFlagInput extends FlagRefInput {
  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => FlagKind, { nullable: true, description: "What it is for." })
  kind?: FlagKind | null;

  @Field(() => String, { nullable: true, description: "What the flag is for, in words; null clears it." })
  description?: string | null;

  @Field(() => [String], { nullable: true, description: "Words to find it by; replaces all that it has." })
  tags?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "E-mail of the user who looks after it; null: nobody.",
  })
  owner?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "JSON Schema that the values of all variants satisfy; null: any value of the type.",
  })
  valueSchema?: unknown;

  @Field(() => Boolean, { nullable: true, description: "Whether CLIENT keys may see its answers." })
  clientVisible?: boolean | null;
}

@InputType({ description: "Adds a variant, last in order and served nowhere yet." })
export class AddVariantInput extends FlagRefInput {
  @Field(() => VariantInput, { description: "The new variant." })
  variant!: VariantInput;
}

@InputType({ description: "A change of a variant. What is absent stays as it is." })
export class UpdateVariantInput extends FlagRefInput {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;

  @Field(() => String, { nullable: true, description: "Name for people; null clears it." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "What the variant is; null clears it." })
  description?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "The value, wherever the variant is served. It cannot be null.",
  })
  value?: unknown;
}

@InputType({ description: "Names a variant of a flag." })
export class RemoveVariantInput extends FlagRefInput {
  @Field(() => String, { description: "Key of the variant." })
  variant!: string;
}
