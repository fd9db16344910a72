//! Versions of a picture in which codes are found that are not found as it is, and its size, before it is unpacked.
//! The versions are those of pictures/qr.py in readers/: made smaller, evened out, with dots closed, enlarged, and
//! white boxes on a dark page with a border.

/** Pixels of a picture that is looked at again: what helps a pale or dotted code costs too much on a large one. */
const ENOUGH = 2_000_000;
/** Smaller pictures, in pixels, are enlarged: their codes may have one pixel per module. */
const SMALL = 600;
/** The distance within which brightness is compared, in pixels: larger than a module, smaller than a code. */
const AROUND = 20;
const GAIN = 8;
/** Of a white box, a code with its blurred modules is brighter than this. So often a page is cut for such boxes. */
const HALF_WHITE = 100;
const CUTS = 4;
const LEAST_SIDE = 15;
const ANGLE = Math.PI / 3;

/** The renderings of `{width, height, data}`, RGBA, one after the other as such. */
export function* renderings(image) {
  let grey = greyOf(image);
  while (grey.width * grey.height > ENOUGH) grey = reduced(grey, 2);
  const isSmall = Math.min(grey.width, grey.height) < SMALL;
  if (isSmall) yield rgbaOf(enlarged(grey, 2));
  yield rgbaOf(contrasted(blurred(grey, 1)));
  yield rgbaOf(contrasted(reduced(grey, 2)));
  const even = evened(grey);
  yield rgbaOf(even);
  yield rgbaOf(mirrored(grey));
  for (const box of boxesIn(grey)) yield rgbaOf(box);
  // So that a box's edge lies between two modules.
  if (isSmall) for (const box of boxesIn(blurred(enlarged(grey, 2), 1))) yield rgbaOf(box);
  for (const box of boxesIn(inverted(contrasted(grey)))) yield rgbaOf(box);
  const sharp = sharpened(grey);
  yield rgbaOf(sharp);
  yield rgbaOf(mirrored(sharp));
  yield rgbaOf(mirrored(even));
  yield rgbaOf(turned(grey));
  yield rgbaOf(darkened(grey, 2));
  yield rgbaOf(darkened(grey, 3));
  yield rgbaOf(reduced(grey, 4));
  if (isSmall) yield rgbaOf(blurred(enlarged(grey, 4), 2));
}

function picture(width, height) {
  return { width, height, data: new Uint8Array(width * height) };
}

/** The picture of `at(x, y)` for each pixel. */
function drawn(width, height, at) {
  const made = picture(width, height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) made.data[y * width + x] = at(x, y);
  return made;
}

function greyOf({ width, height, data }) {
  const of = (at) => (data[at] * 77 + data[at + 1] * 151 + data[at + 2] * 28) >> 8;
  return drawn(width, height, (x, y) => of((y * width + x) * 4));
}

function rgbaOf({ width, height, data }) {
  const rgba = new Uint8ClampedArray(data.length * 4).fill(255);
  for (const [at, level] of data.entries()) rgba.fill(level, at * 4, at * 4 + 3);
  return { width, height, data: rgba };
}

function enlarged({ width, height, data }, by) {
  return drawn(width * by, height * by, (x, y) => data[Math.floor(y / by) * width + Math.floor(x / by)]);
}

function reduced({ width, height, data }, by) {
  const [across, down] = [width, height].map((side) => Math.max(Math.floor(side / by), 1));
  return drawn(across, down, (x, y) => {
    let sum = 0;
    for (let j = y * by; j < (y + 1) * by; j += 1)
      for (let i = x * by; i < (x + 1) * by; i += 1) sum += data[j * width + i];
    return sum / (by * by);
  });
}

/** Each pixel the mean of those within `radius`, by sums over all above and before it. */
function blurred({ width, height, data }, radius) {
  const sums = new Float64Array((width + 1) * (height + 1));
  const at = (x, y) => y * (width + 1) + x;
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      sums[at(x + 1, y + 1)] = data[y * width + x] + sums[at(x, y + 1)] + sums[at(x + 1, y)] - sums[at(x, y)];
  return drawn(width, height, (x, y) => {
    const [left, top] = [Math.max(x - radius, 0), Math.max(y - radius, 0)];
    const [right, bottom] = [Math.min(x + radius + 1, width), Math.min(y + radius + 1, height)];
    const sum = sums[at(right, bottom)] - sums[at(left, bottom)] - sums[at(right, top)] + sums[at(left, top)];
    return sum / ((right - left) * (bottom - top));
  });
}

function mirrored({ width, height, data }) {
  return drawn(width, height, (x, y) => data[(y + 1) * width - 1 - x]);
}

/** Turned by an angle at which the library reads what lies askew at others. */
function turned({ width, height, data }) {
  const side = Math.ceil(Math.hypot(width, height));
  const [cos, sin] = [Math.cos(ANGLE), Math.sin(ANGLE)];
  const mixed = (at, share, step) => data[at] * (1 - share) + data[at + step] * share;
  return drawn(side, side, (x, y) => {
    const [right, down] = [x - side / 2, y - side / 2];
    const [i, j] = [right * cos - down * sin + width / 2, right * sin + down * cos + height / 2];
    if (i < 0 || i >= width - 1 || j < 0 || j >= height - 1) return 255;
    const at = Math.floor(j) * width + Math.floor(i);
    const [above, below] = [mixed(at, i % 1, 1), mixed(at + width, i % 1, 1)];
    return above + (below - above) * (j % 1);
  });
}

function inverted(grey) {
  return { ...grey, data: grey.data.map((level) => 255 - level) };
}

/** What differs from its surroundings is made to differ more. */
function sharpened(grey) {
  const around = blurred(grey, 3).data;
  const data = grey.data.map((level, at) => Math.min(Math.max(4 * level - 3 * around[at], 0), 255));
  return { ...grey, data };
}

/** The darkest level becomes black and the brightest white. */
function contrasted({ width, height, data }) {
  const [least, most] = data.reduce(
    ([low, high], level) => [Math.min(low, level), Math.max(high, level)],
    [255, 0],
  );
  return { width, height, data: data.map((level) => ((level - least) * 255) / Math.max(most - least, 1)) };
}

/** The brightness around each pixel taken away: pale codes stand out as clear ones do. */
function evened(grey) {
  const around = blurred(grey, AROUND).data;
  const data = grey.data.map((level, at) => Math.min(Math.max((level - around[at]) * GAIN + 128, 0), 255));
  return { ...grey, data };
}

/** Each pixel the darkest within `radius`: modules that are dots become whole. */
function darkened({ width, height, data }, radius) {
  const along = (levels, x, y, step, place, length) => {
    let least = 255;
    for (let i = Math.max(place - radius, 0); i <= Math.min(place + radius, length - 1); i += 1)
      least = Math.min(least, levels[y * width + x + (i - place) * step]);
    return least;
  };
  const rows = drawn(width, height, (x, y) => along(data, x, y, 1, x, width)).data;
  return drawn(width, height, (x, y) => along(rows, x, y, width, y, height));
}

/** White boxes on a dark page, each by itself, with the border that a code must have. */
function* boxesIn(grey) {
  const mask = blurred(grey, AROUND / 2);
  const isBright = (x, y) => mask.data[y * grey.width + x] > HALF_WHITE;
  for (const part of partsOf(isBright, [0, 0, grey.width, grey.height], CUTS)) {
    const level = (x, y) => grey.data[y * grey.width + x];
    const box = trimmed((x, y) => level(x, y) > 2 * HALF_WHITE, part);
    const [left, top, right, bottom] = box;
    const border = Math.floor(Math.max(right - left, bottom - top) / 6);
    if (Math.min(right - left, bottom - top) < LEAST_SIDE) continue;
    yield drawn(right - left + 2 * border, bottom - top + 2 * border, (x, y) => {
      const [i, j] = [x - border + left, y - border + top];
      return i >= left && i < right && j >= top && j < bottom ? level(i, j) : 255;
    });
  }
}

/** The boxes of what is bright, cut along empty rows and columns in turn. */
function* partsOf(isBright, box, cuts) {
  const bands = bandsOf(isBright, box, cuts % 2 === 0);
  const isWhole = bands.length === 1 && cuts < CUTS;
  for (const band of bands) {
    if (!cuts || isWhole) yield band;
    else yield* partsOf(isBright, band, cuts - 1);
  }
}

function bandsOf(isBright, [left, top, right, bottom], byRows) {
  const [from, to, begin, end] = byRows ? [top, bottom, left, right] : [left, right, top, bottom];
  const bands = [];
  let start = from;
  for (let at = from; at <= to; at += 1) {
    let bright = false;
    for (let i = begin; at < to && i < end && !bright; i += 1)
      bright = byRows ? isBright(i, at) : isBright(at, i);
    if (bright) continue;
    if (at - start >= LEAST_SIDE) bands.push(byRows ? [left, start, right, at] : [start, top, at, bottom]);
    start = at + 1;
  }
  return bands;
}

/** The box around what is bright in a box. */
function trimmed(isBright, [left, top, right, bottom]) {
  const box = [right, bottom, left, top];
  for (let y = top; y < bottom; y += 1)
    for (let x = left; x < right; x += 1) {
      if (!isBright(x, y)) continue;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x + 1);
      box[3] = Math.max(box[3], y + 1);
    }
  return box;
}

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
