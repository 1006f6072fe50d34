/**
 * The platforms of a release: what users call them, what Deno calls them, and the name of each
 * file that a release has for them.
 *
 * @module
 */

/** A platform that a release is made for. */
export interface Platform {
  /** As in the names of release assets, "linux-amd64". */
  readonly name: string;
  /** As `deno compile --target` wants it. */
  readonly target: string;
  /** What an executable's name ends with there. */
  readonly suffix: "" | ".exe";
}

/** All platforms of a release, in the order in which they are made. */
export const PLATFORMS: readonly Platform[] = [
  { name: "linux-amd64", target: "x86_64-unknown-linux-gnu", suffix: "" },
  { name: "linux-arm64", target: "aarch64-unknown-linux-gnu", suffix: "" },
  { name: "darwin-amd64", target: "x86_64-apple-darwin", suffix: "" },
  { name: "darwin-arm64", target: "aarch64-apple-darwin", suffix: "" },
  { name: "windows-amd64", target: "x86_64-pc-windows-msvc", suffix: ".exe" },
];

/** The platform of a name, in our words or in Deno's; undefined if there is no release for it. */
export function platformOf(name: string): Platform | undefined {
  return PLATFORMS.find((platform) => platform.name === name || platform.target === name);
}

/**
 * The name of a program's release asset. `releases/latest/download/…` ends with it, so it holds no
 * version.
 */
export function assetName(program: string, platform: Platform): string {
  return `${program}-${platform.name}${platform.suffix}`;
}
