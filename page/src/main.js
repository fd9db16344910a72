// The page's head and foot, its language, and its first screen.
import { takeToken } from "./link/bridge.js";
import { begin } from "./screens/connect.js";
import { h } from "./ui/dom.js";
import { logo } from "./ui/drawings.js";
import { chooseLanguage, stage } from "./ui/app.js";
import { preferredLanguage, say, setLanguage } from "./ui/words.js";

const LANGUAGES = { en: "English", zh: "中文" };

function main() {
  const token = takeToken();
  setLanguage(preferredLanguage());
  const switches = Object.entries(LANGUAGES).map(([language, name]) =>
    h("button", { type: "button", lang: language, "data-language": language, onclick: () => chooseLanguage(language) }, name),
  );
  stage.main = h("main");
  stage.status = h("p.away", { role: "status" });
  const brand = h("p.brand", logo(), "totpkey");
  const languages = h("div.languages", { role: "group", "aria-label": say("language") }, switches);
  document.body.append(h("header", brand, languages), stage.main, stage.status, h("footer", say("foot")));
  chooseLanguage(preferredLanguage());
  begin(token);
}

main();
