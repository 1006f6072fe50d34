/**
 * Homebrew's formula, Scoop's manifest and Arch's PKGBUILD: templates of `deploy/packages` that a
 * release fills with its version and the checksums of its assets.
 *
 * @module
 */

import { REPOSITORY } from "../project.ts";

/** The templates of `deploy/packages`, and what each is named when it is filled. */
export const MANIFESTS: readonly string[] = ["PKGBUILD", "tsmetrics.json", "tsmetrics.rb"];

/** What a template is filled with. */
export interface ReleaseFacts {
  /** The version, without a `v`. */
  readonly version: string;
  /** SHA-256 by the name of the asset, in hexadecimal. */
  readonly checksums: ReadonlyMap<string, string>;
}

/** The checksums in a file as `sha256sum` writes it. */
export function readChecksums(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/^([0-9a-f]{64}) [ *](\S+)$/gm)].map((
      [, sum = "", name = ""],
    ) => [name, sum]),
  );
}

/**
 * A template with `@VERSION@`, `@REPOSITORY@` and every `@SHA256:ASSET@` replaced.
 *
 * @throws {RangeError} If an asset has no checksum, or a placeholder is unknown.
 */
export function fillManifest(template: string, facts: ReleaseFacts): string {
  const { version, checksums } = facts;
  return template.replaceAll(/@([A-Z\d]+)(?::([\w.-]+))?@/g, (placeholder, kind, asset = "") => {
    if (kind === "VERSION") return version;
    if (kind === "REPOSITORY") return REPOSITORY;
    const sum = kind === "SHA256" ? checksums.get(asset) : undefined;
    if (sum !== undefined) return sum;
    throw new RangeError(
      `Cannot fill ${placeholder}: got no such checksum, want one of ` +
        `${[...checksums.keys()].join(", ")}`,
    );
  });
}
