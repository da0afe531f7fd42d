/** A crowd that signs in all at once, in a process of its own: whoever measures beside it must not be kept busy by it. */
import { askGraphQL } from "../test/support/graphql-client.js";

/** What it is told to do. */
export interface Crowd {
  readonly url: string;
  readonly emails: readonly string[];
  readonly password: string;
  /** The first three bytes of the addresses that it comes from, each its own: one alone would not be let into the queue so often. */
  readonly network: string;
}

const login = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken } }`;

process.on("message", (crowd: Crowd) => void signInTogether(crowd));

/** Answers with the code of each one's error, or `signed in`. */
async function signInTogether({ url, emails, password, network }: Crowd): Promise<void> {
  const codes = await Promise.all(
    emails.map(async (email, index) => {
      const from = { "x-forwarded-for": `${network}.${index + 1}` };
      const { errors } = await askGraphQL(url, login, { email, password }, null, from);
      return errors?.[0]?.extensions.code ?? "signed in";
    }),
  );
  process.send?.(codes);
}
