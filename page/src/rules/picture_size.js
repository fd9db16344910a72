//! Small pictures may unpack to gigabytes.

/** Pixels of the PNG, GIF or JPEG that begins with the ArrayBuffer `bytes`; 0 if unknown. */
export function pixelsIn(bytes) {
  const view = new DataView(bytes);
  try {
    const magic = view.getUint32(0);
    if (magic === 0x89504e47) return view.getUint32(16) * view.getUint32(20);
    if (magic === 0x47494638) return view.getUint16(6, true) * view.getUint16(8, true);
    let at = magic >>> 16 === 0xffd8 ? 2 : 1 / 0;
    while (![0xffc0, 0xffc1, 0xffc2].includes(view.getUint16(at))) at += 2 + view.getUint16(at + 2);
    return view.getUint16(at + 7) * view.getUint16(at + 5);
  } catch {
    return 0;
  }
}
