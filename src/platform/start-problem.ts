/** What stops a start and is nobody's bug: a busy port, a held folder, an unreachable server. */

/** The message alone is meant for the operator: main.ts prints it on one line and exits with code 2. */
export class StartProblem extends Error {
  override readonly name = "StartProblem";
}
