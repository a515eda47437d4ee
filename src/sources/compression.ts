/**
 * How a stream is compressed, told from its first bytes. Formats: RFC 1952 §2.3.1 (gzip), RFC 8878
 * §3.1.1 (zstd).
 */
export type Compression = "none" | "gzip" | "zstd";

const MAGICS = [
  { compression: "gzip", bytes: [0x1f, 0x8b] },
  { compression: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
] as const;

/** Null where these bytes are too few to tell. */
export function compressionOf(beginning: Uint8Array): Compression | null {
  for (const { compression, bytes } of MAGICS) {
    const known = Math.min(bytes.length, beginning.length);
    if (!bytes.slice(0, known).every((byte, index) => beginning[index] === byte)) continue;
    return known === bytes.length ? compression : null;
  }
  return "none";
}
