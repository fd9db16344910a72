//! Accounts by site: their groups, what tells those of one site apart, and which of them a search finds.
import { nameOf, shopIn } from "./account.js";

const SEGMENTER = new Intl.Segmenter("en", { granularity: "word" });

/**
 * `{ site, members }` for each site with several accounts, in the order of the first of each; at last, under
 * "", all accounts that are alone at their site or have none.
 */
export function groupsOf(accounts) {
  // Chrome has Map.groupBy from 117 on; the last one for Windows 7 is 109.
  const bySite = new Map(accounts.map(({ issuer }) => [folded(issuer), []]));
  for (const account of accounts) bySite.get(folded(account.issuer)).push(account);
  const several = [...bySite].filter(([site, members]) => site && members.length > 1);
  const groups = several.map(([, members]) => ({ site: members[0].issuer, members }));
  const alone = accounts.filter((account) => !groups.some(({ members }) => members.includes(account)));
  return alone.length ? [...groups, { site: "", members: alone }] : groups;
}

/** Whether an account of that site is among them. */
export function hasSite(accounts, site) {
  return accounts.some(({ issuer }) => folded(issuer) === folded(site));
}

/** Of each text what all begin with, what tells it apart, and what all end with. No word is cut. */
export function tellingParts(texts) {
  const all = texts.map((text) => [...SEGMENTER.segment(text)].map(({ segment }) => segment));
  // Something is left of each.
  const most = Math.min(...all.map((words) => words.length)) - 1;
  const same = (place) => all.every((words) => words.at(place) === all[0].at(place));
  let begin = 0;
  while (begin < most && same(begin)) begin += 1;
  let end = 0;
  while (begin + end < most && same(-1 - end)) end += 1;
  const join = (words, ...range) => words.slice(...range).join("");
  return all.map((words) => {
    const rest = words.length - end;
    return [join(words, 0, begin), join(words, begin, rest), join(words, rest)];
  });
}

/** The same of labels, of which the shops tell what they can. */
export function tellingLabels(labels) {
  const names = labels.map((label) => shopIn(label).shop || label);
  if (new Set(names).size < names.length) return tellingParts(labels);
  const parts = tellingParts(names);
  return parts.map(([before, telling, after], place) => {
    return [before, telling, after + labels[place].slice(names[place].length)];
  });
}

/** Whether the account's name has each word of `text`, in any order; wide letters count as usual ones. */
export function isFound(account, text) {
  const name = folded(nameOf(account));
  return folded(text)
    .split(/\s/)
    .every((word) => name.includes(word));
}

function folded(text) {
  return String(text).normalize("NFKC").toLowerCase().trim();
}
