/** Light PNGs (RFC 2083) of flat pictures: a palette of few colours in the place of millions. */

import { crc32, deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
/** As many as one octet a pixel can name; edges need no more to look smooth. */
const COLOURS = 32;

/**
 * @param pixels Red, green, blue and alpha of every pixel, row by row, as a canvas has them.
 * @param size The width and height.
 */
export function smallPng(pixels, size) {
  const palette = commonColours(pixels);
  const rows = Buffer.alloc((size + 1) * size);
  const nearest = new Map();
  for (let at = 0; at < size * size; at += 1) {
    const colour = colourAt(pixels, at);
    const key = colour.join();
    if (!nearest.has(key)) {
      nearest.set(key, nearestOf(palette, colour));
    }
    // Every row begins with the filter that it was not put through.
    rows[at + Math.floor(at / size) + 1] = nearest.get(key);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    chunk("tRNS", Buffer.from(palette.map((colour) => colour[3]))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** The colours that most pixels have. */
function commonColours(pixels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length / 4; at += 1) {
    const key = colourAt(pixels, at).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const common = [...counts].sort(([, a], [, b]) => b - a).slice(0, COLOURS);
  return common.map(([key]) => key.split(",").map(Number));
}

function colourAt(pixels, at) {
  return pixels.slice(at * 4, at * 4 + 4);
}

function nearestOf(palette, colour) {
  const distance = (other) =>
    other.reduce((sum, channel, at) => sum + (channel - colour[at]) ** 2, 0);
  const distances = palette.map(distance);
  return distances.indexOf(Math.min(...distances));
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
