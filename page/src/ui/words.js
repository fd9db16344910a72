//! The page's words in the reader's language. Names and their texts are in page/text.
import { GUIDE_TEXTS, TEXTS } from "../definition.js";

let pageLanguage = "en";

/** A catalogue text by name, with values for its placeholders, shown in the chosen language. */
class Words {
  constructor(name, values) {
    this.name = name;
    this.values = values;
  }

  toString() {
    const text = TEXTS[pageLanguage][this.name];
    return text.replace(/\{(\w+)\}/g, (_, place) => String(spoken(this.values[place])));
  }
}

/** A value that depends on the language: `make(language)` returns its text. */
class Spoken extends Words {
  constructor(make) {
    super("", {});
    this.make = make;
  }

  toString() {
    return this.make(pageLanguage);
  }
}

function spoken(value) {
  return typeof value === "number" ? value.toLocaleString(pageLanguage, { useGrouping: false }) : value;
}

export function say(name, values = {}) {
  return new Words(name, values);
}

export function isWords(value) {
  return value instanceof Words;
}

/** Whether the catalogues have a text of that name. */
export function hasText(name) {
  return name in TEXTS.en;
}

/** A text of a guide, given in English. */
export function sayGuide(text, values = {}) {
  return new Spoken((chosen) => {
    const translated = GUIDE_TEXTS[chosen]?.[text] ?? text;
    return translated.replace(/\{(\w+)\}/g, (_, place) => values[place] ?? "");
  });
}

/** A quotation from the site's page in a guide's English text, by its number from 0; "" if missing. */
export function quoteIn(text, place) {
  return [...text.matchAll(/“([^”]+)”/g)][place]?.[1] ?? "";
}

/** The same in the reader's language, as far as their page has it: a translation quotes “Edit（编辑）”. */
export function sayQuote(text, place, otherwise) {
  return new Spoken((chosen) => {
    const quoted = quoteIn(GUIDE_TEXTS[chosen]?.[text] ?? text, place) || String(otherwise);
    return /（(.+)）$/.exec(quoted)?.[1] ?? quoted;
  });
}

/** A moment in Unix seconds, in the reader's time zone. */
export function sayMoment(seconds) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  return new Spoken((chosen) => new Date(seconds * 1000).toLocaleString(chosen, style));
}

/** The day of a moment in Unix seconds. */
export function sayDay(seconds) {
  return new Spoken((chosen) => new Date(seconds * 1000).toLocaleDateString(chosen, { dateStyle: "long" }));
}

/** A duration in the largest unit of which it has at least one. */
export function sayDuration(seconds) {
  const units = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const [unit, size] = units.find((each) => seconds >= each[1]) || units[3];
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
  return new Spoken((chosen) => (seconds / size).toLocaleString(chosen, style));
}

/** The language of the page: that of the browser, if there is one for it. */
export function preferredLanguage() {
  const known = Object.keys(TEXTS);
  const wanted = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  return wanted.find((tag) => known.includes(tag)) || "en";
}

export function chosenLanguage() {
  return pageLanguage;
}

export function setLanguage(chosen) {
  pageLanguage = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : chosen;
}
