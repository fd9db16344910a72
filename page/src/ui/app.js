//! The page around its screens: header, footer, language, and the place for the current screen.

import { fill, h, rewrite, setWords } from "./dom.js";
import { logo } from "./drawings.js";
import { back, state } from "./router.js";
import { alarm, announce, button, liveRegion, notice, problemArea } from "./widgets.js";
import { chosenLanguage, say, setLanguage } from "./words.js";

const LANGUAGES = { en: "English", zh: "中文" };

const main = h("main");
let leave = null;

/** Put the page's frame into the document. */
export function buildFrame() {
  const brand = h("p.brand", logo(), "totpkey");
  const switches = Object.entries(LANGUAGES).map(([language, name]) => languageSwitch(language, name));
  const languages = h("div.languages", { role: "group", "aria-label": say("language") }, switches);
  document.body.append(h("header", brand, languages), alarm, main, liveRegion);
}

function languageSwitch(language, name) {
  const choose = () => chooseLanguage(language);
  return h("button", { type: "button", lang: language, "data-language": language, onclick: choose }, name);
}

/** Show a screen from the router. `done` is a success message at its top. */
export function showScreen({ title, content, done, shown, leave: leaveScreen }, canGoBack) {
  leave?.();
  leave = leaveScreen;
  const heading = h("h1", { tabindex: -1 }, title);
  const backButton = canGoBack && button(["‹ ", say("back")], () => back(), "back");
  fill(main, h("section", backButton, heading, done && notice("good", done), content, problemArea()));
  // It was told of the key that was connected.
  if (!state.key) fill(alarm);
  setWords(titleElement(), "data-title", title);
  writeTitle();
  announce(done || "");
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  shown?.();
}

export function chooseLanguage(language) {
  setLanguage(language);
  rewrite(document.documentElement);
  writeTitle();
  for (const control of document.querySelectorAll("[data-language]")) {
    control.setAttribute("aria-pressed", String(control.dataset.language === chosenLanguage()));
  }
}

function writeTitle() {
  document.title = `${titleElement().dataset.title} – totpkey`;
}

function titleElement() {
  return document.head.querySelector("title");
}
