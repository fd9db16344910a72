//! Other projects' code, which is in a script of its own (page/libraries.js). That one has run before this one.
export const { argon2idAsync, decodeQRBatch } = globalThis.libraries;
