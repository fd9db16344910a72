//! Other tabs with this page: which one has the key, and handing it over. Pages of one address hear each other;
//! those from files do not.

/** How long a tab may take to answer, and to let a key go, in ms, on a busy computer too. */
const ANSWER = 1500;
const RELEASE = 10000;

const channel = new BroadcastChannel("totpkey-page");
const mine = { release: async () => {}, title: () => "" };
/** What is waited for: the kind of a message, and what to do with it. */
let awaited = null;

/** `title()` says what this tab shows while it has the key, else ""; `release()` lets the key go. */
export function shareWithTabs(title, release) {
  Object.assign(mine, { title, release });
}

channel.onmessage = async ({ data }) => {
  if (awaited?.kind === data.kind) return awaited.resolve(data.title ?? "");
  const title = mine.title();
  if (!title) return undefined;
  if (data.kind === "who") channel.postMessage({ kind: "holder", title });
  if (data.kind === "release") {
    await mine.release();
    channel.postMessage({ kind: "released" });
  }
  return undefined;
};

/** What the tab shows that has the key; "" if none has. */
export function holder() {
  return answerTo("who", "holder", ANSWER);
}

/** Have the tab that has the key let it go. */
export function takeOver() {
  return answerTo("release", "released", RELEASE);
}

function answerTo(question, kind, wait) {
  return new Promise((resolve) => {
    awaited = { kind, resolve };
    setTimeout(resolve, wait, "");
    channel.postMessage({ kind: question });
  });
}
