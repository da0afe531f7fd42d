/** GraphQL shapes of Relay connections, made once for each kind of node. */
import { ArgsType, type ClassType, Field, Int, ObjectType } from "type-graphql";
import type { Page } from "./page.js";

@ObjectType({ description: "Where a page stands in its list." })
export class PageInfo {
  @Field(() => Boolean, { description: "Whether the list goes on after this page." })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: "Whether the list has something before this page." })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: "Cursor of the first edge; null on an empty page." })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: "Cursor of the last edge; null on an empty page." })
  endCursor!: string | null;
}

/** Arguments of a connection that pages forward only. */
@ArgsType()
export class ForwardPage {
  @Field(() => Int, { nullable: true, description: "How many to give, at most 100; 50 when absent." })
  first?: number | null;

  @Field(() => String, { nullable: true, description: "Cursor of the entry to start after." })
  after?: string | null;
}

/** What a resolver returns for a connection: everything but the node's own fields is derived from the page. */
export class ConnectionBase<T> {
  constructor(readonly page: Page<T>) {}
}

/** The connection and edge classes of `node`, named `<name>Connection` and `<name>Edge`. `node` is a thunk, as everywhere. */
export function connectionOf<T>(
  name: string,
  node: () => ClassType<T & object> | typeof String,
): { Connection: new (page: Page<T>) => ConnectionBase<T> } {
  @ObjectType(`${name}Edge`, { description: `One entry of a ${name}Connection.` })
  class Edge {
    @Field(() => String, { description: "Pass it as `after` or `before` to go on from here." })
    cursor!: string;

    @Field(node, { description: "The entry itself." })
    node!: T;
  }

  @ObjectType(`${name}Connection`, {
    description: `A page of a list: edges with cursors, or the nodes alone.`,
  })
  class Connection extends ConnectionBase<T> {
    @Field(() => [Edge], { description: "The entries with their cursors." })
    get edges(): readonly Edge[] {
      return this.page.edges;
    }

    @Field(() => [node()], { description: "The entries without their cursors." })
    get nodes(): readonly T[] {
      return this.page.edges.map((edge) => edge.node);
    }

    @Field(() => PageInfo, { description: "Where this page stands in the list." })
    get pageInfo(): PageInfo {
      const { edges, hasNextPage, hasPreviousPage } = this.page;
      return {
        hasNextPage,
        hasPreviousPage,
        startCursor: edges[0]?.cursor ?? null,
        endCursor: edges.at(-1)?.cursor ?? null,
      };
    }

    @Field(() => Int, { description: "How many entries the whole list has." })
    totalCount(): Promise<number> {
      return this.page.count();
    }
  }
  return { Connection };
}
