// A table that is wider than the window scrolls within itself: by the keyboard, too. And the theme puts the
// button that copies a block of code into a landmark, of which a page would have many of no name.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.role = "none";
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}).observe(document.documentElement, { childList: true, subtree: true });
addEventListener("resize", () => document.documentElement.append(""));
