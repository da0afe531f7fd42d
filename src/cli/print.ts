/** What commands say to whoever runs them: standard output, a line each. */

export function print(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join("\n")}\n`);
}
