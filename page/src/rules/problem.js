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

/**
 * A key's refusal: `code` is one of the protocol's errors, `field` the wrong field, if any; `calm` for how many
 * seconds the key takes no gesture, because its button was pressed in another way.
 */
export class Refused extends Problem {
  constructor(code, field = "", calm = 0) {
    super(`errors.${code}`, { field: field || "request" });
    this.code = code;
    this.field = field;
    this.calm = calm;
  }
}
