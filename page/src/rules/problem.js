//! Problems: a name, for which the catalogues have cause and remedy, and values for their placeholders.

/**
 * A problem to show. `name` is below `problems` in the catalogues, or below `errors` for a key's refusals.
 * It never carries a secret.
 */
export class Problem extends Error {
  constructor(name, values = {}) {
    super(name);
    this.name = name;
    this.values = values;
  }
}

/** A key's refusal: `code` is one of the protocol's errors, `field` the wrong field, if any. */
export class Refused extends Problem {
  constructor(code, field = "") {
    super(`errors.${code}`, { field: field || "request" });
    this.code = code;
    this.field = field;
  }
}
