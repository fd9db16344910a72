"""What a screen has to be read of, and how many words that is.

Everything that a screen shows is counted, including words in pictures, but not what is folded away. The
browser says what a word is, also in Chinese (Intl.Segmenter, by ICU's dictionary).
"""

from __future__ import annotations

import re

from playwright.sync_api import Page

#: A site's word in its language and the reader's, of which they read the one that their page has.
_IN_BOTH = re.compile("[^“”（）]+（([^“”（）]*)）(?=”)")


def shown(page: Page, where: str = "main") -> str:
    """The text of the screen that is there now, all of it, with the words in its pictures."""
    text = page.evaluate(
        """(where) => {
          // The key's engraving and the example of a code are no words to read.
          const marks = [...document.querySelectorAll("svg .engraved, svg .digit")];
          for (const mark of marks) mark.style.display = "none";
          const { innerText } = document.querySelector(where);
          for (const mark of marks) mark.style.display = "";
          return innerText;
        }""",
        where,
    )
    return _IN_BOTH.sub(r"\1", text)


def words(page: Page, text: str, language: str) -> int:
    """How many words a text in that language has."""
    # A hyphen joins two words, and a dot the parts of an address.
    joined = re.sub(r"(?<=\w)[-.](?=\w)", "", text)
    counted: int = page.evaluate(
        """([text, language]) => [...new Intl.Segmenter(language, { granularity: "word" }).segment(text)]
          .filter(({ isWordLike }) => isWordLike).length""",
        [joined, language],
    )
    return counted
