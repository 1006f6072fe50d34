/**
 * Keys of devices. A device id is unique within its tailnet only, so a key has both. Keys are
 * texts, so that they can be keys of maps and of the page's blocks.
 *
 * @module
 */

/**
 * Makes the keys of one tailnet's devices.
 *
 * Shape: tailnet "example.com", device id "92960230385" → "example.com/92960230385"
 *
 * @param tailnet Unique among the tailnets of the process.
 */
export function createDeviceKey(tailnet: string): (deviceId: string) => string {
  // A device id may contain a slash, so the tailnet must not.
  const prefix = `${encodeURIComponent(tailnet)}/`;
  return (deviceId) => prefix + deviceId;
}

/**
 * The device id in a key.
 *
 * @returns "" for the key of a whole tailnet.
 */
export function deviceIdOf(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}
