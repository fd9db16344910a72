//! Exports other projects' code, which runs before this script in one of its own (page/libraries.js).
export const { ZxcvbnFactory, adjacencyGraphs, argon2idAsync, dictionary, encodeQR } = globalThis.libraries;
