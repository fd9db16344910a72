//! Exports other projects' code to the page. A script that runs before this one defines it: page/libraries.js.

export const { ZxcvbnFactory, adjacencyGraphs, argon2idAsync, dictionary, encodeQR } = globalThis.libraries;
