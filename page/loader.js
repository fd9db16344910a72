(async () => {
  "use strict";
  const BASE85 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";
  const inflated = async (id) => {
    const { textContent: text, dataset } = document.getElementById(id);
    const words = new DataView(new ArrayBuffer((text.length / 5) * 4));
    for (let at = 0; at < text.length; at += 5) {
      let word = 0;
      for (const digit of text.slice(at, at + 5)) word = word * 85 + BASE85.indexOf(digit);
      words.setUint32((at / 5) * 4, word);
    }
    const stream = new Blob([words.buffer.slice(0, dataset.length)]).stream();
    return new Response(stream.pipeThrough(new DecompressionStream("deflate-raw"))).text();
  };
  const { {{names}} } = JSON.parse(await inflated("words"));
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  document.adoptedStyleSheets = [sheet];
  const trusted = window.trustedTypes?.createPolicy("totpkey", { createScript: (text) => text });
  const element = document.createElement("script");
  const library = await inflated("library");
  element.textContent = trusted ? trusted.createScript(library) : library;
  document.head.append(element);

  {{code}}
})();
