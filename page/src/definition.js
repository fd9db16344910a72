//! Data that the build puts into the page (tools/page_definition.py): the shared definition, and texts.
const data = JSON.parse(document.getElementById("data").textContent);

/** Commands, limits, boards and words of the protocol. */
export const DEFINITION = data.definition;
/** The page's texts: `TEXTS[language][name]`. */
export const TEXTS = data.texts;
/** Guides to sites, in English. */
export const GUIDES = data.guides;
/** The guides' texts in other languages: `GUIDE_TEXTS[language][English]`. */
export const GUIDE_TEXTS = data.guideTexts;
/** Words for random passphrases, by language, separated by blanks. */
export const WORDS = data.words;
