//! Notices a code that the key types into this page, where nobody wants it.
import { fill } from "../ui/dom.js";
import { notice } from "../ui/widgets.js";
import { say } from "../ui/words.js";

/** A code has at least that many digits, and a key types them no further apart than that, in ms. */
const DIGITS = 6;
const PAUSE = 1000;

/** Say so in `area` as long as that is on the page. `site`: where the code belongs. The digits are not kept. */
export function watchForStrayCodes(area, site) {
  let count = 0;
  let last = 0;
  const heard = ({ key, target, timeStamp }) => {
    if (!area.isConnected) return document.removeEventListener("keydown", heard);
    // A person's own typing has a field.
    if (target.matches("input, textarea") || !/^[0-9]$/.test(key)) {
      count = 0;
      return;
    }
    count = timeStamp - last < PAUSE ? count + 1 : 1;
    last = timeStamp;
    if (count >= DIGITS) fill(area, notice("odd", say("enroll.stray", { site })));
  };
  document.addEventListener("keydown", heard);
}
