//! Other projects' code, which is in a script of its own (page/libraries.js). That one has run before this one.
export const { ZxcvbnFactory, adjacencyGraphs, argon2idAsync, decodeQRBatch, dictionary } =
  globalThis.libraries;
