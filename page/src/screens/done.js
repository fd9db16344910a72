//! The end of setup: the key is a keyboard again, and can be tried at once.
import { h } from "../ui/dom.js";
import { keyDrawing } from "../ui/drawings.js";
import { restart } from "../ui/router.js";
import { state } from "../ui/state.js";
import { button, notice, textField } from "../ui/widgets.js";
import { say } from "../ui/words.js";

export async function doneScreen() {
  await state.key.done();
  state.key = null;
  const practice = textField(say("done.field"), { inputmode: "numeric", maxlength: 20 });
  return {
    title: say("done.title"),
    content: [
      notice("good", say("done.told")),
      h("div.hero", keyDrawing("green", false)),
      h("p.lead", say("done.lead")),
      practice,
      h(
        "ul",
        ["press", "next", "again", "spare"].map((name) => h("li", say(`done.${name}`))),
      ),
      button(say("done.another"), () => restart("connect")),
    ],
    leave: () => (practice.input.value = ""),
  };
}
