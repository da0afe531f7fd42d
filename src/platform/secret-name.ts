/** Which names mean that what they hold is nobody's business. */

/** Matches the names of headers, members and settings, and paths that lead to one. */
export const secretName =
  /authorization|cookie|passw|passphrase|secret|token|api[-_]?key|private[-_]?key|credential|otp$|recovery[-_]?codes?|proof/i;
