//! Codes of Google Authenticator's export, some of which are still missing.
import { addAllOf, addExportCodes, secretForm } from "../parts/account_input.js";
import { qrInput } from "../parts/qr_input.js";
import { form, notice } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** Gets the result of `exportsSoFar`. Names what is omitted and what cannot be counted. */
export function googleExportScreen({ found, begun, have, mixed, others }) {
  const more = (texts) => addExportCodes(found, texts);
  const secret = secretForm((text) => more([text]));
  return {
    title: say("migration.title"),
    content: [
      others && notice("odd", say("migration.other")),
      begun && notice("odd", say("migration.missing", { have: have.join(", "), size: begun.size })),
      mixed && notice("odd", say("migration.mixed", { size: mixed.size })),
      qrInput(more, secret.takes),
      secret,
      form(say("migration.go_on"), () => addAllOf(found)),
    ],
  };
}
