/**
 * The program on a host whose tailscaled is a fake, for the tests of the host's side.
 *
 * @module
 */

import { Exporter, type ExporterOptions } from "../../src/exporter.ts";
import { openSources } from "../../src/source/mod.ts";
import { testConfig } from "./config.ts";
import { FakeRuntime } from "./fake_runtime.ts";
import { FakeTailnet } from "./fake_tailnet.ts";
import { FakeTailscaled } from "./fake_tailscaled.ts";

/** The program and what it talks to. */
interface Parts {
  readonly exporter: Exporter;
  readonly tailscaled: FakeTailscaled;
  readonly tailnet: FakeTailnet;
  readonly runtime: FakeRuntime;
}

/** Hands the body the program on a host whose tailscaled is a fake. */
export async function withHost(
  body: (parts: Parts) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
  options: ExporterOptions & { readonly hasTailnet?: boolean } = {},
): Promise<void> {
  await using tailscaled = new FakeTailscaled();
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const env = options.hasTailnet === true ? tailnet.env : {};
  const config = testConfig({ ...env, ...tailscaled.env, ...settings });
  await using sources = await openSources(config, runtime, options.collect);
  const exporter = await Exporter.open(config, sources, runtime, options);
  try {
    await body({ exporter, tailscaled, tailnet, runtime });
  } finally {
    exporter.close();
  }
}
