/**
 * Tailscale's relay (DERP) regions with their ids and names, and how far they are from each other.
 *
 * @module
 */

/** One relay region. */
export interface Region {
  /** What `tailscaled_home_derp_region_id` shows. */
  readonly id: number;
  /** What the API's latency map has as its key. */
  readonly name: string;
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
}

/** All regions, by rising id. */
export const REGIONS: readonly Region[] = [
  { id: 1, name: "New York City", latitude: 40.7, longitude: -74.0 },
  { id: 2, name: "San Francisco", latitude: 37.8, longitude: -122.4 },
  { id: 3, name: "Singapore", latitude: 1.3, longitude: 103.8 },
  { id: 4, name: "Frankfurt", latitude: 50.1, longitude: 8.7 },
  { id: 5, name: "Sydney", latitude: -33.9, longitude: 151.2 },
  { id: 6, name: "Bangalore", latitude: 13.0, longitude: 77.6 },
  { id: 7, name: "Tokyo", latitude: 35.7, longitude: 139.7 },
  { id: 8, name: "London", latitude: 51.5, longitude: -0.1 },
  { id: 9, name: "Dallas", latitude: 32.8, longitude: -96.8 },
  { id: 10, name: "Seattle", latitude: 47.6, longitude: -122.3 },
  { id: 11, name: "São Paulo", latitude: -23.6, longitude: -46.6 },
  { id: 12, name: "Chicago", latitude: 41.9, longitude: -87.6 },
  { id: 13, name: "Denver", latitude: 39.7, longitude: -105.0 },
  { id: 14, name: "Amsterdam", latitude: 52.4, longitude: 4.9 },
  { id: 15, name: "Johannesburg", latitude: -26.2, longitude: 28.0 },
  { id: 16, name: "Miami", latitude: 25.8, longitude: -80.2 },
  { id: 17, name: "Los Angeles", latitude: 34.1, longitude: -118.2 },
  { id: 18, name: "Paris", latitude: 48.9, longitude: 2.4 },
  { id: 19, name: "Madrid", latitude: 40.4, longitude: -3.7 },
  { id: 20, name: "Hong Kong", latitude: 22.3, longitude: 114.2 },
  { id: 21, name: "Toronto", latitude: 43.7, longitude: -79.4 },
  { id: 22, name: "Warsaw", latitude: 52.2, longitude: 21.0 },
  { id: 23, name: "Dubai", latitude: 25.2, longitude: 55.3 },
  { id: 24, name: "Honolulu", latitude: 21.3, longitude: -157.9 },
  { id: 25, name: "Nairobi", latitude: -1.3, longitude: 36.8 },
  { id: 26, name: "Nuremberg", latitude: 49.5, longitude: 11.1 },
  { id: 27, name: "Ashburn", latitude: 39.0, longitude: -77.5 },
  { id: 28, name: "Helsinki", latitude: 60.2, longitude: 24.9 },
];

/** A region as seen from a place. */
export interface NearRegion {
  /** The region. */
  readonly region: Region;
  /** Round trip in milliseconds with nothing in the way. */
  readonly baseMs: number;
}

/** Where a device stands: the city of one region, and the regions around it. */
export interface Site {
  /** Three letters for host names, "fra". */
  readonly code: string;
  /** The nearest regions, nearest first. */
  readonly near: readonly NearRegion[];
}

/** How many regions a device measures; a client probes only some between its full reports. */
const NEAR_REGIONS = 7;

/** The places of the demo's devices. */
export const SITES: readonly Site[] = [
  siteAt("fra", "Frankfurt"),
  siteAt("ams", "Amsterdam"),
  siteAt("nyc", "New York City"),
  siteAt("sfo", "San Francisco"),
  siteAt("tok", "Tokyo"),
  siteAt("lhr", "London"),
  siteAt("sao", "São Paulo"),
  siteAt("nbo", "Nairobi"),
];

/** Codes of regions that begin with the same letters. */
const CODES: ReadonlyMap<string, string> = new Map([["Hong Kong", "hkg"], ["Honolulu", "hnl"]]);

/** The code of a region as tailscaled has it, "fra". */
export function codeOf({ name }: Region): string {
  const site = SITES.find(({ near }) => near[0]?.region.name === name);
  return site?.code ?? CODES.get(name) ?? name.slice(0, 3).toLowerCase();
}

function siteAt(code: string, name: string): Site {
  const here = REGIONS.find((region) => region.name === name);
  if (here === undefined) throw new RangeError(`Cannot place a site: no region is named "${name}"`);
  const near = REGIONS
    .map((region) => ({ region, baseMs: 3.2 + distanceKm(here, region) / 62 }))
    .sort((a, b) => a.baseMs - b.baseMs)
    .slice(0, NEAR_REGIONS);
  return { code, near };
}

function distanceKm(a: Region, b: Region): number {
  const radians = Math.PI / 180;
  const cosine = Math.sin(a.latitude * radians) * Math.sin(b.latitude * radians) +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) *
      Math.cos((a.longitude - b.longitude) * radians);
  return 6371 * Math.acos(Math.min(1, cosine));
}
