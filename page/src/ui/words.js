//! The page's words in the reader's language. Names and their texts are in page/text.
import { GUIDE_TEXTS, TEXTS } from "../definition.js";

let pageLanguage = "en";

/** A placeholder: "{count}", or a word that depends on a number: "{count|account|accounts}". */
const PLACE = /\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g;

/** A catalogue text by name, with values for its placeholders, shown in the chosen language. */
class Words {
  constructor(name, values) {
    this.name = name;
    this.values = values;
  }

  toString() {
    const text = TEXTS[pageLanguage][this.name];
    return text.replace(PLACE, (_, place, one, many) => {
      const value = this.values[place];
      return many === undefined ? String(spoken(value)) : value === 1 ? one : many;
    });
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

/** One of several texts that stand in the catalogue under one name, from 0. */
export function sayPart(name, place) {
  return new Spoken((language) => TEXTS[language][name].split("|")[place]);
}

/** Several words in a row. */
export function sayAll(all, between) {
  return new Spoken(() => all.join(between));
}

export function isWords(value) {
  return value instanceof Words;
}

/** Whether the catalogues have a text of that name. */
export function hasText(name) {
  return name in TEXTS.en;
}

/**
 * A text of a guide, given in English. `part`: only what stands between its places, by number; `change`: a
 * function that makes another text of it.
 */
export function sayGuide(text, part = null, change = (whole) => whole) {
  return new Spoken((chosen) => {
    const translated = GUIDE_TEXTS[chosen]?.[text] ?? text;
    const wanted = part === null ? translated : translated.split(/\{\w+\}/)[part];
    return change(wanted.replace(/\{\w+\}/g, ""));
  });
}

/** A quotation from the site's page in a guide's English text, by its number from 0; "" if missing. */
export function quoteIn(text, place) {
  return [...text.matchAll(/“([^”]+)”/g)][place]?.[1] ?? "";
}

/** In Chinese, a number stands apart from the words around it, as in the catalogue's texts. */
function spaced(text) {
  return text.replace(/(\d)(?=[\u4e00-\u9fff])|(年|月)(?=\d)/g, "$& ");
}

/** A moment in Unix seconds, in the reader's time zone. */
export function sayMoment(seconds) {
  const style = { dateStyle: "medium", timeStyle: "short" };
  return new Spoken((chosen) => spaced(new Date(seconds * 1000).toLocaleString(chosen, style)));
}

/** The day of a moment in Unix seconds. */
export function sayDay(seconds) {
  return new Spoken((chosen) =>
    spaced(new Date(seconds * 1000).toLocaleDateString(chosen, { dateStyle: "long" })),
  );
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
  return new Spoken((chosen) => {
    const unitDisplay = chosen === "zh" ? "short" : "long";
    const style = { style: "unit", unit, unitDisplay, maximumFractionDigits: 1 };
    return spaced((seconds / size).toLocaleString(chosen, style));
  });
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
