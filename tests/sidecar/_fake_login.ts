/**
 * A tailscaled that plays a sidecar: a test sets what it reports, and reads what it was told.
 *
 * @module
 */

import type { Login, LoginApi, LoginPrefs } from "../../src/tailscale/local/mod.ts";

/** What a status reports of a node that is in the tailnet. */
export const RUNNING = {
  BackendState: "Running",
  Self: { DNSName: "tsm.lab.test.", TailscaleIPs: ["100.64.0.4"], Tags: ["tag:exporter"] },
};

/** The tailscaled's side. */
export class FakeLogin implements LoginApi {
  readonly place = "/run/ts.sock";
  /** What the status says; an Error is no answer. */
  status: unknown = { BackendState: "NeedsLogin" };
  /** Its settings. */
  settings: LoginPrefs = { wantRunning: true, hostname: "tsm", controlUrl: "https://hs.example" };
  /** Why it refuses changes and logins; undefined if it takes them. */
  refusal: Error | undefined;
  /** What it was told, in order. */
  readonly told: string[] = [];
  /** Whether it was closed. */
  isClosed = false;

  self(): Promise<unknown> {
    const { status } = this;
    return status instanceof Error ? Promise.reject(status) : Promise.resolve(status);
  }

  prefs(): Promise<LoginPrefs> {
    return Promise.resolve(this.settings);
  }

  edit(edit: Partial<LoginPrefs>): Promise<void> {
    this.told.push(`edit ${JSON.stringify(edit)}`);
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    this.settings = { ...this.settings, ...edit };
    return Promise.resolve();
  }

  login({ authKey, controlUrl, hostname }: Login): Promise<void> {
    this.told.push(`login ${hostname} at ${controlUrl} with ${authKey}`);
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    return Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
  }
}
