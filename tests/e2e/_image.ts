/**
 * The images of the Dockerfile, built by buildah without a registry: its last stages as they are,
 * around what its first stage would make. All of it is in one folder, which goes at the end.
 *
 * @module
 */

import { assert } from "@std/assert";
import { buildEnvironment, compileArguments, FLAVOURS } from "../../tools/compile.ts";
import { bundleProgram, ENTRY, MAPS } from "../../tools/bundle.ts";
import { writeLicences } from "../../tools/licences.ts";
import { runTool } from "./_tool.ts";

/** The configuration of an image, as Docker names its parts. */
export interface ImageConfig {
  /** Who runs it. */
  readonly User: string;
  /** What runs. */
  readonly Entrypoint: readonly string[];
  /** Arguments besides the entrypoint's. */
  readonly Cmd: readonly string[] | null;
  /** `NAME=VALUE` each. */
  readonly Env: readonly string[];
  /** By name. */
  readonly Labels: Readonly<Record<string, string>>;
  /** "9100/tcp" and the like, by name. */
  readonly ExposedPorts: Readonly<Record<string, unknown>>;
  /** How Docker asks whether it is healthy. */
  readonly Healthcheck?: { readonly Test: readonly string[] };
}

/** Images in a store of their own. */
export class ImageStore {
  /** Where everything is. */
  readonly folder: string;
  /** Bytes of an executable without a program, and of the libraries that it is linked to. */
  readonly runtimeBytes: number;

  /** Takes what {@linkcode ImageStore.create} has filled. */
  constructor(folder: string, runtimeBytes: number) {
    this.folder = folder;
    this.runtimeBytes = runtimeBytes;
  }

  /** Makes an empty store, with what the Dockerfile's first stage leaves for its others. */
  static async create(): Promise<ImageStore> {
    const folder = await Deno.makeTempDir({ prefix: "tsm-image-" });
    await Deno.mkdir(`${folder}/image/state`, { recursive: true });
    const bundle = `${folder}/app`;
    await bundleProgram(bundle);
    const envFile = `${folder}/build.env`;
    await Deno.writeTextFile(envFile, buildEnvironment("1.2.3", "now"));
    const licences = `${folder}/LICENSES.txt`;
    await writeLicences(licences);
    const layOut = async (name: string, args: readonly string[], root: string) => {
      await runTool(Deno.execPath(), args, { DENORT_BIN: Deno.execPath() });
      await runTool("deploy/image/root.sh", [`${folder}/${name}`, name, root, licences]);
      await Deno.remove(`${folder}/${name}`);
    };
    for (const flavour of FLAVOURS) {
      const { name } = flavour;
      const args = compileArguments({ flavour, envFile, output: `${folder}/${name}`, bundle });
      await layOut(name, args, `${folder}/image/${name}`);
    }
    const empty = { envFile, output: `${folder}/empty`, bundle: `${folder}/empty-app` };
    for (const each of ["src", MAPS]) {
      await Deno.mkdir(`${empty.bundle}/${each}`, { recursive: true });
    }
    await Deno.writeTextFile(`${empty.bundle}/${ENTRY}`, "");
    await layOut("empty", compileArguments(empty), `${folder}/empty-root`);
    const listed = await runTool("find", [
      `${folder}/empty-root`,
      "-type",
      "f",
      "-printf",
      "%s %f\\n",
    ]);
    const sizes = listed.trim().split("\n").filter((line) =>
      !/ (?:ca-certificates\.crt|copyright)$/.test(line)
    )
      .map((line) => Number.parseInt(line, 10));
    return new ImageStore(folder, sizes.reduce((sum, size) => sum + size, 0));
  }

  /** Builds a stage of the Dockerfile; the folder takes the place of the first stage. */
  async build(stage: string): Promise<void> {
    const text = await Deno.readTextFile("Dockerfile");
    const copied = text.slice(text.indexOf("FROM scratch AS base"))
      .replaceAll("COPY --from=files --chown=65534:65534 /image", "COPY --chown=65534:65534 image")
      .replaceAll("COPY --from=files /image", "COPY image");
    assert(!copied.includes("--from=files"), copied);
    await this.buildFile(stage, copied, ["--target", stage, "--build-arg", "VERSION=1.2.3"]);
  }

  /** Builds from the text of a Dockerfile. */
  async buildFile(name: string, text: string, options: readonly string[] = []): Promise<void> {
    const path = `${this.folder}/${name}.Dockerfile`;
    await Deno.writeTextFile(path, text);
    await this.buildah("bud", "--isolation", "chroot", "--format", "docker", "--quiet", ...options)
      .with("-t", `localhost/${name}`, "-f", path, this.folder);
  }

  /** What the image is told to be. */
  async configOf(name: string): Promise<ImageConfig> {
    const text = await this.buildah("inspect", "--type", "image").with(`localhost/${name}`);
    const image: { readonly Docker: { readonly config: ImageConfig } } = JSON.parse(text);
    return image.Docker.config;
  }

  /** Writes the image as an archive, as `docker save` does; gives its path. */
  async save(name: string): Promise<string> {
    const path = `${this.folder}/${name}.tar`;
    await Deno.remove(path).catch(() => {});
    await this.buildah("push").with(`localhost/${name}`, `docker-archive:${path}:${name}`);
    return path;
  }

  /**
   * A container of the image.
   *
   * @returns Its name, and the folder where its files are.
   */
  async mount(name: string): Promise<{ readonly container: string; readonly root: string }> {
    const container = `${name}-container`;
    await this.buildah("from", "--pull-never", "--name", container).with(`localhost/${name}`);
    return { container, root: (await this.buildah("mount").with(container)).trim() };
  }

  /** The command line that runs a program in a container, with its user and environment. */
  runArguments(container: string, env: readonly string[], command: readonly string[]): string[] {
    const set = env.flatMap((each) => ["--env", each]);
    return [...this.#head(), "run", "--isolation", "chroot", ...set, container, "--", ...command];
  }

  /** Removes all of it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.buildah("rm", "--all").with();
    await Deno.remove(this.folder, { recursive: true });
  }

  /** Runs buildah in this store. */
  buildah(...first: readonly string[]) {
    return {
      with: (...rest: readonly string[]) =>
        runTool("buildah", [...this.#head(), ...first, ...rest]),
    };
  }

  #head(): string[] {
    const { folder } = this;
    return ["--root", `${folder}/root`, "--runroot", `${folder}/runroot`]
      .concat("--storage-driver", "vfs");
  }
}
