/**
 * Where the project lives: the one place that names its repository. A fork changes it here and
 * runs the tools again.
 *
 * @module
 */

/** Owner and name of the repository on GitHub. */
export const REPOSITORY = "tsmetrics/tsmetrics";

/** A page of the documentation, such as `docs/runbooks.md`, as a URL. */
export function documentUrl(path: string): string {
  return `https://github.com/${REPOSITORY}/blob/main/${path}`;
}
