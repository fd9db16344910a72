(async () => {
  const inflated = async (id) => {
    const bytes = Uint8Array.from(atob(document.getElementById(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  };
  const { {{names}} } = JSON.parse(await inflated("words"));
  const trusted = window.trustedTypes?.createPolicy("totpkey", { createScript: (text) => text });
  const element = document.createElement("script");
  const library = await inflated("library");
  element.textContent = trusted ? trusted.createScript(library) : library;
  document.head.append(element);

  {{code}}
})();
