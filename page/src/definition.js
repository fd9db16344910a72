//! What the build puts into the page as data (tools/page_definition.py): what key and command share, and words.
const data = JSON.parse(document.getElementById("data").textContent);

/** Commands, limits, boards and words of the protocol. */
export const DEFINITION = data.definition;
/** The page's texts: `TEXTS[language][name]`. */
export const TEXTS = data.texts;
/** Guides to sites, in English. */
export const GUIDES = data.guides;
/** The guides' texts in other languages: `GUIDE_TEXTS[language][English]`. */
export const GUIDE_TEXTS = data.guideTexts;
/** What random passphrases are made of, by language, with blanks between. */
export const WORDS = data.words;
