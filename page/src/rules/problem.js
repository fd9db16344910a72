//! What can go wrong: a name, under which the catalogues have cause and remedy, and values for their places.

/**
 * A problem that a person is told of. `name` is below `problems` in the catalogues, or below `errors` for
 * what a key refuses with. It never carries a secret.
 */
export class Problem extends Error {
  constructor(name, values = {}) {
    super(name);
    this.name = name;
    this.values = values;
  }
}

/** The key refused: `code` is one of the protocol's errors, `field` the one to blame, if any. */
export class Refused extends Problem {
  constructor(code, field = "") {
    super(`errors.${code}`, { field: field || "request" });
    this.code = code;
    this.field = field;
  }
}
