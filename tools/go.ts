/**
 * The Go release that builds and tests the embedded node.
 *
 * @module
 */

/** The release: it is part of what is built. */
export const GO_VERSION = "go1.26.8";

/** Where the Go program of the embedded node is. */
export const GO_SOURCES = "tools/tsnet";

/** The environment of each command: what it makes runs in a Worker. */
export const GO_ENV: Readonly<Record<string, string>> = {
  GOOS: "js",
  GOARCH: "wasm",
  CGO_ENABLED: "0",
  // fetches that release, checked by Go's checksum database, where another one is installed
  GOTOOLCHAIN: GO_VERSION,
  GOFLAGS: "-buildvcs=false -mod=readonly",
  NO_COLOR: "1",
};

/**
 * Runs a command with that environment.
 *
 * @param folder Where it runs. Default: the checkout.
 * @returns What it prints.
 * @throws {Error} With what it says, if it fails.
 */
export async function run(
  command: string,
  args: readonly string[],
  folder?: string,
): Promise<string> {
  const { code, stderr, stdout } = await new Deno.Command(command, {
    args: [...args],
    ...(folder !== undefined && { cwd: folder }),
    env: GO_ENV,
  }).output();
  if (code === 0) return new TextDecoder().decode(stdout).trim();
  const said = new TextDecoder().decode(stderr).trim();
  throw new Error(`${command} ${args[0]} failed: ${said}`);
}

/** @throws {Error} If there is no Go of the right release. */
export async function checkGo(): Promise<void> {
  const version = await run("go", ["env", "GOVERSION"]).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot use Go: it is not installed, want ${GO_VERSION}`);
  });
  if (version === GO_VERSION) return;
  throw new Error(
    `Cannot use Go: got ${version}, want ${GO_VERSION}, because the version is part of the result`,
  );
}
