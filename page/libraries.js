// All that the page uses of other projects. The build bundles this into one object, `libraries`.
export { argon2idAsync } from "@noble/hashes/argon2.js";
export { ZxcvbnFactory } from "@zxcvbn-ts/core";
export { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";
export { encodeQR } from "qr";
