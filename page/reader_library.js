// All that the Worker uses of other projects. The build bundles this into one object, `libraries`.
export { decodeQRBatch } from "qr/decode.js";
