"""What somebody at the page has to read and to click, and how many words that is.

Everything that a screen shows is counted, including words in pictures, but not what is folded away. The
browser says what a word is, also in Chinese (Intl.Segmenter, by ICU's dictionary).
"""

from __future__ import annotations

import re

from tests.page.seller import Seller

#: Has a page count the clicks of a person.
COUNTS_CLICKS = (
    "globalThis.clicks = 0; addEventListener('click', (event) => (clicks += event.isTrusted), true);"
)
#: A site's word in its language and the reader's, of which they read the one that their page has.
_IN_BOTH = re.compile("[^“”（）]+（([^“”（）]*)）(?=”)")


class Reader(Seller):
    """Somebody at a page that counts clicks, who knows what they have read."""

    def __init__(self, seller: Seller) -> None:
        super().__init__(seller.page, seller.desk, seller.language)
        self.read: list[str] = []

    def reads(self, where: str = "main") -> None:
        """Note the text of the screen that is there now, all of it, with the words in its pictures."""
        text = self.page.evaluate(
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
        self.read.append(_IN_BOTH.sub(r"\1", text))

    def check(self, most_words: int, most_clicks: int, clicks: int = 0) -> None:
        """Check that they have read and clicked no more. `clicks` were made outside of the page."""
        counted = [self._words(text) for text in self.read]
        clicks += self.page.evaluate("clicks")
        print(self.language, clicks, "clicks,", sum(counted), "words:", counted)
        assert sum(counted) <= most_words, self.read
        assert clicks <= most_clicks

    def _words(self, text: str) -> int:
        # A hyphen joins two words, and a dot the parts of an address.
        joined = re.sub(r"(?<=\w)[-.](?=\w)", "", text)
        counted: int = self.page.evaluate(
            """([text, language]) =>
              [...new Intl.Segmenter(language, { granularity: "word" }).segment(text)]
                .filter(({ isWordLike }) => isWordLike).length""",
            [joined, self.language],
        )
        return counted
