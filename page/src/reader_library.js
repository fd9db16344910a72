//! Exports other projects' code of the Worker, which runs before its script (page/reader_library.js).
export const { decodeQRBatch } = globalThis.libraries;
