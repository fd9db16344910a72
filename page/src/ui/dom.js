//! Elements of the page. Data from files, codes and keys becomes text, never markup.
import { isWords } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
/** Translated texts by node, rewritten when the language changes. */
const wordsOf = new WeakMap();

/**
 * Create an element from its name with classes after dots, optional properties, and children. Properties
 * whose names begin with "on" are listeners; true sets a boolean attribute and false omits it; all others are
 * attributes. Children are nodes, texts, words, lists of them, or nothing.
 */
export function h(name, ...rest) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  return filled(element, rest);
}

/** The same for an SVG element. */
export function s(name, ...rest) {
  return filled(document.createElementNS(SVG, name), rest);
}

function filled(element, rest) {
  const given = rest[0] && Object.getPrototypeOf(rest[0]) === Object.prototype;
  for (const [name, value] of Object.entries(given ? rest.shift() : {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) setWords(element, name, value);
  }
  element.append(...nodesOf(rest));
  return element;
}

/** The children, without null, false, empty texts, and numbers: `count && element` is a condition. */
function nodesOf(children) {
  return children
    .flat(Infinity)
    .filter((child) => child && typeof child !== "number")
    .map(nodeOf);
}

function nodeOf(child) {
  if (child instanceof Node) return child;
  const text = document.createTextNode(String(child));
  if (isWords(child)) wordsOf.set(text, child);
  return text;
}

/** Set an attribute to a text or to words. */
export function setWords(element, name, value) {
  element.setAttribute(name, String(value));
  if (!isWords(value)) return;
  if (!wordsOf.has(element)) wordsOf.set(element, new Map());
  wordsOf.get(element).set(name, value);
}

/** Replace an element's children. */
export function fill(element, ...children) {
  element.replaceChildren(...nodesOf(children));
}

/** Rewrite all texts below `root` in the present language. Input stays. */
export function rewrite(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = root; node; node = walker.nextNode()) {
    const words = wordsOf.get(node);
    if (isWords(words)) node.data = String(words);
    else for (const [name, value] of words ?? []) node.setAttribute(name, String(value));
  }
}

let identifiers = 0;

/** A unique id for an element that another one refers to. */
export function freshId(name) {
  identifiers += 1;
  return `${name}-${identifiers}`;
}
