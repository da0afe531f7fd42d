/** Loaders of what stands in projects: one statement a project, and nearly always all that is asked for is in one. */
import DataLoader from "dataloader";

/** Names something by its key in whatever project. Only for names that the caller was given by something it may see. */
export interface NameInProject {
  readonly project: string;
  readonly key: string;
}

/** What `read` finds is given, by key, to the names that asked: `answer` makes of it what they are answered, also where nothing was found. */
export function perProject<Row, V>(
  read: (project: string, keys: readonly string[]) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
  answer: (rows: readonly Row[]) => V,
): DataLoader<NameInProject, V, string> {
  const textOf = ({ project, key }: NameInProject) => `${project}/${key}`;
  const batch = async (names: readonly NameInProject[]): Promise<V[]> => {
    const found = new Map<string, Row[]>(names.map((name) => [textOf(name), []]));
    for (const project of new Set(names.map((name) => name.project))) {
      const keys = names.filter((name) => name.project === project).map((name) => name.key);
      for (const row of await read(project, keys)) found.get(textOf({ project, key: keyOf(row) }))?.push(row);
    }
    return names.map((name) => answer(found.get(textOf(name)) ?? []));
  };
  return new DataLoader(batch, { cacheKeyFn: textOf });
}
