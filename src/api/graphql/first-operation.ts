/** What Apollo Sandbox shows when it opens: something that works as it stands and leads further. */

export const firstOperation = `# Welcome to Halyard. Paste a credential into the Headers pane below
# (the server printed one when it started), then press Run.

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
