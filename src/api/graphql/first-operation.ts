/** What Apollo Sandbox shows when it opens: something that works as it stands and leads further. */

export const firstOperation = `# Welcome to Halyard. In the Headers pane below, put a credential in the place
# of <access token or API key>, then press Run. The server printed a MANAGEMENT
# key when it first started; in production, the mutation login gives a token.

query Flags {
  flags(first: 20) {
    totalCount
    nodes {
      key
      type
      tags
      environments {
        environment { key }
        enabled
        rules { summary }
      }
    }
  }
}

# Turn a flag on or off ...
mutation Toggle($flagKey: String! = "welcome", $enabled: Boolean! = true) {
  setFlagEnabled(input: { flagKey: $flagKey, environment: "development", enabled: $enabled }) {
    enabled
    version
  }
}

# ... while this runs in another tab, and watch the answer arrive.
subscription Live {
  evaluations(
    environment: "development"
    context: { targetingKey: "user-1", attributes: { country: "DE" } }
  ) {
    snapshot
    evaluations { key value variant reason }
  }
}
`;
