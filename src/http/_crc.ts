/**
 * The checksum of two texts one after the other, from the checksums of both: what was compressed
 * for one page need not be read again for the next.
 *
 * Source: RFC 1952, 8; the algorithm is zlib's `crc32_combine`
 *
 * @module
 */

const POLYNOMIAL = 0xedb88320;

/** Product of two polynomials over GF(2), modulo the checksum's; the highest bit is x⁰. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000, power = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= power;
    power = (power & 1) === 0 ? power >>> 1 : (power >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/** x to the power of 2 to the power of the place. */
const POWERS: readonly number[] = Array.from({ length: 32 }).reduce<number[]>(
  (powers) => [...powers, multiply(powers.at(-1) ?? 0, powers.at(-1) ?? 0)],
  [0x40000000],
);

/**
 * What a text of a given length does to the checksum of the text before it, for
 * {@linkcode combineCrc}: costs twenty times what that costs.
 */
export function crcShift(byteLength: number): number {
  let shift = 0x80000000;
  // Eight bits a byte: three powers of two further on.
  for (let length = byteLength, place = 3; length > 0; place += 1) {
    if (length % 2 === 1) shift = multiply(POWERS[place] ?? 0, shift);
    length = Math.floor(length / 2);
  }
  return shift;
}

/**
 * The CRC-32 of two texts one after the other.
 *
 * @param first That of the first.
 * @param second That of the second.
 * @param shift {@linkcode crcShift} of the second's length.
 */
export function combineCrc(first: number, second: number, shift: number): number {
  return (multiply(shift, first) ^ second) >>> 0;
}
