/**
 * Whole numbers written as digits straight into bytes: a page has forty of them, and the detour by
 * a string and an encoder costs more than all the rest of the page.
 *
 * @module
 */

const ZERO = "0".charCodeAt(0);
const BILLION = 1e9;

/**
 * Writes a number in decimal.
 *
 * @param value A whole number from 0 to 2^53 - 1.
 * @param offset Where the first digit goes.
 * @returns The offset behind the last digit.
 */
export function writeDigits(bytes: Uint8Array, offset: number, value: number): number {
  if (value < BILLION) return writeShort(bytes, offset, value, countDigits(value));
  const upper = Math.floor(value / BILLION);
  const next = writeShort(bytes, offset, upper, countDigits(upper));
  return writeShort(bytes, next, value - upper * BILLION, 9);
}

/** Writes a number below a billion with a given number of digits, leading zeros included. */
function writeShort(bytes: Uint8Array, offset: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let position = offset + digits - 1; position >= offset; position--) {
    const quotient = (rest / 10) | 0;
    bytes[position] = ZERO + rest - quotient * 10;
    rest = quotient;
  }
  return offset + digits;
}

function countDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}
