/** Finding holdouts, as far as the caller may know of them. */
import type { Database, Transaction } from "../../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../../platform/graphql/page.js";
import { isKey } from "../../../platform/input.js";
import { notFound } from "../../../platform/problems.js";
import { type Environment, findEnvironment } from "../../environments/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { lockExperiments } from "../experiment.store.js";
import type { Holdout, HoldoutName } from "./holdout.js";
import { countHoldouts, pageHoldouts, readHoldout } from "./holdout.store.js";

interface Tools {
  readonly database: Database;
}

/** Which holdout. */
export interface HoldoutKeys {
  readonly holdout: string;
  readonly environment: string;
  readonly project?: string | null | undefined;
}

/** A holdout, and the environment that it is of. */
export interface PlacedHoldout {
  readonly holdout: Holdout;
  readonly environment: Environment;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findHoldout(tools: Tools, caller: Caller, keys: HoldoutKeys): Promise<PlacedHoldout> {
  const environment = await findPlace(tools, caller, keys);
  const name = { project: environment.project, environment: environment.key, key: keys.holdout };
  const holdout = isKey(keys.holdout) ? await readHoldout(tools.database, name) : null;
  if (holdout === null) throw notFound("Holdout", keys.holdout);
  return { holdout, environment };
}

export interface HoldoutQuery extends PageArguments {
  readonly environment: string;
  readonly project?: string | null | undefined;
}

/** A page of the environment's holdouts, by key. Throws like `findHoldout`, and BAD_USER_INPUT. */
export async function listHoldouts(
  tools: Tools,
  caller: Caller,
  query: HoldoutQuery,
): Promise<Page<Holdout>> {
  const { project, key } = await findPlace(tools, caller, query);
  const place = { project, environment: key };
  const request = readPage("holdouts", 1, query);
  const rows = await pageHoldouts(tools.database, place, request);
  return makePage(
    "holdouts",
    request,
    rows,
    (holdout) => [holdout.key],
    (holdout) => holdout,
    async () => countHoldouts(tools.database, place),
  );
}

async function findPlace(
  tools: Tools,
  caller: Caller,
  { project, environment: key }: Omit<HoldoutKeys, "holdout">,
): Promise<Environment> {
  const environment = await findEnvironment(tools, caller, project, key);
  permit(caller, "experiment:read", { project: environment.project, environment });
  return environment;
}

/** Holds off the start of every experiment of the project until the transaction ends. Throws NOT_FOUND when it was deleted meanwhile. */
export async function lockHoldout(tx: Transaction, name: HoldoutName): Promise<Holdout> {
  await lockExperiments(tx, name.project);
  const holdout = await readHoldout(tx, name);
  if (holdout === null) throw notFound("Holdout", name.key);
  return holdout;
}
