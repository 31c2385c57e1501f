/*
 * The checksum at the end of RDB files and of what DUMP returns: CRC-64 with Jones's polynomial, reflected, from
 * 0 on. Held as two halves of 32 bits, because BigInts would be fifty times as slow.
 */

const POLYNOMIAL_HIGH = 0x95ac9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
const BYTE_VALUES = 256;

const HIGH = new Uint32Array(BYTE_VALUES);
const LOW = new Uint32Array(BYTE_VALUES);

for (let byte = 0; byte < BYTE_VALUES; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const isOdd = (low & 1) === 1;
    low = (low >>> 1) | ((high & 1) << 31);
    high >>>= 1;
    if (isOdd) {
      high ^= POLYNOMIAL_HIGH;
      low ^= POLYNOMIAL_LOW;
    }
  }
  HIGH[byte] = high;
  LOW[byte] = low;
}

/** The checksum of bytes that come in pieces. */
export class Crc64 {
  #high = 0;
  #low = 0;

  update(bytes: string): void {
    let high = this.#high;
    let low = this.#low;
    for (let at = 0; at < bytes.length; at++) {
      const index = (low ^ bytes.charCodeAt(at)) & 255;
      low = ((low >>> 8) | (high << 24)) ^ (LOW[index] as number);
      high = (high >>> 8) ^ (HIGH[index] as number);
    }
    this.#high = high;
    this.#low = low;
  }

  /** Eight bytes, the lowest first. */
  toBytes(): string {
    let bytes = "";
    for (const half of [this.#low, this.#high])
      for (let shift = 0; shift < 32; shift += 8) bytes += String.fromCharCode((half >>> shift) & 255);
    return bytes;
  }
}

export function crc64(bytes: string): string {
  const crc = new Crc64();
  crc.update(bytes);
  return crc.toBytes();
}
