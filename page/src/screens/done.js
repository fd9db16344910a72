// The end of setup: the key is a keyboard again, and can be tried at once.
import { connectScreen } from "./connect.js";
import { keyDrawing } from "../ui/drawings.js";
import { h } from "../ui/dom.js";
import { button, notice, onLeave, show, stage, textField } from "../ui/app.js";
import { say } from "../ui/words.js";

export async function doneScreen() {
  const key = stage.key;
  await key.done();
  stage.key = null;
  const practice = textField(say("done.field"), { inputmode: "numeric", maxlength: 20 });
  show(
    say("done.title"),
    {},
    notice("good", say("done.told")),
    h("div.hero", keyDrawing("green", false)),
    h("p.lead", say("done.lead")),
    practice,
    h("ul", ["press", "next", "again", "spare"].map((name) => h("li", say("done." + name)))),
    button(say("done.another"), () => connectScreen()),
  );
  onLeave(() => (practice.input.value = ""));
}
