//! Exports other projects' code, which runs before this script in one of its own: the page's (page/libraries.js), and
//! in the Worker that one's (page/reader_library.js).

export const { ZxcvbnFactory, adjacencyGraphs, argon2idAsync, dictionary, encodeQR } = globalThis.libraries;

export const { decodeQRBatch } = globalThis.libraries;
