/**
 * Where the project lives: the one place that names its repository. A fork changes it here and
 * runs the tools again.
 *
 * @module
 */

/** Owner and name of the repository on GitHub. */
export const REPOSITORY = "tsmetrics/tsmetrics";

/** The container image, without a tag. */
export const IMAGE = `ghcr.io/${REPOSITORY}`;

/** The Helm chart in its registry. */
export const CHART_URL = `oci://ghcr.io/${REPOSITORY.replace("/", "/charts/")}`;

/** Where the assets of the newest release are, without the asset's name. */
export const DOWNLOAD_URL = `https://github.com/${REPOSITORY}/releases/latest/download`;

/** A page of the documentation, such as `docs/runbooks.md`, as a URL. */
export function documentUrl(path: string): string {
  return `https://github.com/${REPOSITORY}/blob/main/${path}`;
}
