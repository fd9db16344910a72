//! Exports other projects' code. A script that runs before this one defines it: page/libraries.js in the page, and
//! page/reader_library.js in the Worker.

export const { ZxcvbnFactory, adjacencyGraphs, argon2idAsync, dictionary, encodeQR } = globalThis.libraries;

export const { decodeQRBatch } = globalThis.libraries;
