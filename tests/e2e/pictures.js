import { readFile } from "node:fs/promises";
import path from "node:path";
import zlib from "node:zlib";

/** A place, as cameras put it into a picture. */
export const GPS = "GPS 48.2 N 16.4 E";

/** A file of the folder `fixtures`. */
export function fixture(name) {
  return readFile(path.join(import.meta.dirname, "fixtures", name));
}

const u16 = (number) => Buffer.from([number >> 8, number & 255]);
const u32 = (number) => Buffer.from(new Uint32Array([number]).buffer).swap32();
const le24 = (number) => Buffer.from([number & 255, (number >> 8) & 255, number >> 16]);

/** A JPEG with EXIF data: how the camera was held, and where. */
export function taken(jpeg, orientation) {
  const entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0];
  const tiff = Buffer.concat([
    Buffer.from("MM\0*\0\0\0\b\0\x01", "latin1"),
    Buffer.from(entry),
    Buffer.from(GPS),
  ]);
  const content = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
  return Buffer.concat([
    jpeg.subarray(0, 2),
    u16(0xffe1),
    u16(content.length + 2),
    content,
    jpeg.subarray(2),
  ]);
}

/** A PNG of black pixels, or one that only says so: `bytes` is how many its content inflates to. */
export function png(width, height, bytes = (3 * width + 1) * height) {
  const header = Buffer.concat([u32(width), u32(height), Buffer.from([8, 2, 0, 0, 0])]);
  const content = zlib.deflateSync(Buffer.alloc(bytes), { level: 1 });
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, chunk("IHDR", header), chunk("IDAT", content), chunk("IEND")]);
}

function chunk(name, content = Buffer.alloc(0)) {
  const named = Buffer.concat([Buffer.from(name), content]);
  return Buffer.concat([u32(content.length), named, u32(crc(named))]);
}

function crc(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

/** A GIF of this size, with two frames of one pixel each. */
export function animatedGif(width, height) {
  const size = (number) => u16(number).swap16();
  const head = [
    Buffer.from("GIF89a"),
    size(width),
    size(height),
    Buffer.from([0x80, 0, 0, 200, 0, 0, 0, 0, 200]),
  ];
  const control = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([...head, control, frame, control, frame, Buffer.from(";")]);
}

/** A WebP of two frames, which are this one of one frame. */
export function animatedWebp(still, width, height) {
  const riff = (name, content) => {
    const length = u32(content.length).swap32();
    return Buffer.concat([Buffer.from(name), length, content, Buffer.alloc(content.length % 2)]);
  };
  const size = Buffer.concat([le24(width - 1), le24(height - 1)]);
  const frame = riff(
    "ANMF",
    Buffer.concat([
      Buffer.alloc(6),
      size,
      le24(100),
      Buffer.from([2]),
      still.subarray(still.indexOf("VP8 ")),
    ]),
  );
  const extended = riff("VP8X", Buffer.concat([Buffer.from([2, 0, 0, 0]), size]));
  const content = [Buffer.from("WEBP"), extended, riff("ANIM", Buffer.alloc(6)), frame, frame];
  return riff("RIFF", Buffer.concat(content));
}

/** Width and height of a JPEG, by its frame. */
export function jpegSize(jpeg) {
  for (let at = 2; ; at += 2 + jpeg.readUInt16BE(at + 2)) {
    const marker = jpeg[at + 1];
    if (marker >= 0xc0 && marker <= 0xc2) return [jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5)];
  }
}
