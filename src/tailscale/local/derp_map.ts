/**
 * The DERP regions of the tailnet, for their names: a status has only codes, metrics only numbers.
 *
 * @module
 */

import { readText } from "../../json/field.ts";
import { isJsonObject, type JsonObject, parseJson } from "../../json/json.ts";

/** A DERP region. */
export interface DerpRegion {
  /** Its number; those of a tailnet's own are 900 to 999. */
  readonly id: number;
  /** "fra". */
  readonly code: string;
  /** "Frankfurt". */
  readonly name: string | undefined;
}

/** Tailscale has about 30 regions; a tailnet may add its own. */
const MAX_REGIONS = 1024;

/**
 * The regions by their number. One without a number or a code is left out.
 *
 * Source: `DERPMap` in tailscale.com/tailcfg
 *
 * @returns Empty if tailscaled has no map yet, which it sends as null.
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {TypeError} If it is no map of regions.
 */
export function decodeDerpMap(text: string): ReadonlyMap<number, DerpRegion> {
  const answer = parseJson(text);
  const regions = new Map<number, DerpRegion>();
  if (answer === null) return regions;
  if (!isJsonObject(answer)) throw new TypeError("wanted an object");
  if (answer.Regions === undefined || answer.Regions === null) return regions;
  if (!isJsonObject(answer.Regions)) throw new TypeError('wanted an object in "Regions"');
  for (const entry of Object.values(answer.Regions)) {
    const region = isJsonObject(entry) ? readRegion(entry) : undefined;
    if (region !== undefined && regions.size < MAX_REGIONS) regions.set(region.id, region);
  }
  return regions;
}

function readRegion(entry: JsonObject): DerpRegion | undefined {
  const { RegionID: id } = entry;
  const code = readText(entry.RegionCode);
  if (typeof id !== "number" || !Number.isSafeInteger(id) || id <= 0) return undefined;
  if (code === undefined) return undefined;
  return { id, code, name: readText(entry.RegionName) };
}
