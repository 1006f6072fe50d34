/**
 * The embedded node from settings: loads its parts, keeps its identity, and logs what happens to
 * it, one line for each change.
 *
 * @module
 */

import { isClientSecret, parseClientSecret } from "../secret/client_secret.ts";
import { ConfigError } from "../errors.ts";
import type { Secret } from "../secret/secret.ts";
import { openStore, type StorageLike } from "../store.ts";
import { loadParts, type Parts } from "./_parts.ts";
import { mismatchOf, parseBackup } from "./backup.ts";
import { type Claim, takeClaim } from "./claim.ts";
import {
  controlKey,
  describeNode,
  givenIdentity,
  type Identity,
  identityKey,
  type IdentityOptions,
  storedIdentity,
} from "./identity.ts";
import { type ControlProbeOptions, createControlProbe } from "../own_node/control_probe.ts";
import { createJoining, type JoinContext, type JoinSettings } from "../own_node/joining.ts";
import type { WorkerPort } from "./link.ts";
import { EmbeddedNode } from "./node.ts";

/** What the settings say of the node. */
export interface EmbeddedSettings extends JoinSettings {
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; undefined for Tailscale's. */
  readonly controlUrl: URL | undefined;
  /** An identity as `formatBackup()` writes it; undefined to use storage. */
  readonly identity: Secret | undefined;
  /** Deadline of a connection to a device, in milliseconds. Default: 30 s. */
  readonly dialTimeoutMs?: number | undefined;
  /** PEM certificates to trust besides the built-in ones. */
  readonly caPem: string | undefined;
  /** Whether relays speak plain HTTP, as in a laboratory. Default: false. */
  readonly hasPlainRelays?: boolean;
  /** Whether Tailscale's own log lines are wanted. */
  readonly isVerbose: boolean;
  /** Whether the node runs until it is stopped; no other command logs it out. Default: false. */
  readonly isServing?: boolean;
}

/** What the node is connected to. */
export interface EmbeddedContext extends JoinContext {
  /** Texts that outlive the process. */
  readonly storage: () => StorageLike;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Starts a Worker. Default: the platform's, from a `data:` URL. */
  readonly openWorker?: (code: string) => WorkerPort;
  /** Opens a TCP connection, to see whether the control plane is reached. Default: not done. */
  readonly connect?: ControlProbeOptions["connect"];
  /** Loads the parts. Default: those of this build. */
  readonly loadParts?: () => Promise<Parts>;
}

/**
 * A node of the settings; it has not joined yet.
 *
 * @throws {ConfigError} If this build has no embedded node, or the identity cannot be read, is of
 * another control plane, or is in use by another process.
 */
export async function openEmbedded(
  settings: EmbeddedSettings,
  context: EmbeddedContext,
): Promise<EmbeddedNode> {
  const { module, workerCode } = await loadOrExplain(context.loadParts ?? loadParts);
  const { authKey, caPem, controlUrl, hostname, isServing = false, isVerbose } = settings;
  const { connect, delay, elapsed, log, now, openWorker = openPlatformWorker } = context;
  const url = controlKey(controlUrl);
  const own = { hostname, controlUrl: url };
  const identity = settings.identity === undefined
    ? openStored(own, context)
    : openGiven(settings.identity, own, context);
  let isClaimLost = false;
  const claim = await claimIdentity(own, context, () => {
    isClaimLost = true;
  });
  const { authKey: keyOf, hasAuthKey, onStatus } = createJoining(
    { ...settings, takesUrl: isServing },
    "embedded node",
    context,
  );
  return new EmbeddedNode({
    onClose: () => claim[Symbol.dispose](),
    module,
    hostname,
    controlUrl: url,
    caCerts: caPem === undefined ? [] : [caPem],
    openWorker: () => openWorker(workerCode),
    identity,
    env: settings.hasPlainRelays === true ? { TS_DEBUG_USE_DERP_HTTP: "1" } : {},
    hasAuthKey,
    hasEphemeralKeys: makesEphemeral(authKey),
    // The next start is given the same identity again, or another process is using it.
    staysLoggedIn: () => settings.identity !== undefined || isClaimLost || !isServing,
    dialTimeoutMs: settings.dialTimeoutMs,
    async authKey(isNeeded) {
      // A key is made for a login only: each one counts at the control plane.
      if (!isNeeded && authKey !== undefined && isClientSecret(authKey.reveal())) return undefined;
      return await keyOf();
    },
    ...connect !== undefined &&
      { reachesControl: createControlProbe({ url: controlUrl, connect, delay }) },
    onLog: isVerbose ? (line) => log.debug("{line}", { line }) : undefined,
    onStatus,
    onRestart(reason, waitMs) {
      const message = "The Worker of the embedded node ended: {reason}; restarting in {seconds} s";
      log.warning(message, { reason, seconds: waitMs / 1000 });
    },
    onLogout(failure) {
      if (failure === undefined) return log.info("Logged the ephemeral node out of the tailnet");
      log.warning(
        "Cannot log the ephemeral node out: {reason}; the control plane deletes it after some " +
          "time offline",
        { reason: failure },
      );
    },
    onLogin() {
      log.info("Logging the embedded node in again with TS_AUTHKEY");
    },
    delay,
    now,
    elapsed,
  });
}

/**
 * Whether the secret is that of an OAuth client whose keys make ephemeral nodes, which can log in
 * again by themselves: without pre-approval an admin may have to approve each new node.
 */
function makesEphemeral(authKey: Secret | undefined): boolean {
  const secret = authKey?.reveal();
  if (secret === undefined || !isClientSecret(secret)) return false;
  const { isEphemeral, isPreauthorized } = parseClientSecret(secret);
  return isEphemeral && isPreauthorized;
}

async function loadOrExplain(load: () => Promise<Parts>): Promise<Parts> {
  try {
    return await load();
  } catch {
    throw new ConfigError([
      "Cannot use USE_TSNET: got a build without the embedded node, want one with it: run " +
      "`deno task tsnet`, which needs Go, or take a released executable.",
    ]);
  }
}

async function claimIdentity(
  node: IdentityOptions,
  { delay, log, storage }: EmbeddedContext,
  onLost: () => void,
): Promise<Claim> {
  const claim = await takeClaim({
    storage,
    key: identityKey(node),
    delay,
    makeOwner: () => crypto.randomUUID(),
    onLost() {
      onLost();
      log.error(
        "Another process has taken over the identity of the embedded node: stop one of them, or " +
          "give each its own TSNET_HOSTNAME",
      );
    },
  });
  if (claim !== undefined) return claim;
  throw new ConfigError([
    `Cannot use USE_TSNET: got the identity of ${describeNode(node)}, which another ` +
    "process is using, want one of its own: stop that process, set another TSNET_HOSTNAME, or " +
    "run this command with USE_TSNET=false.",
  ]);
}

/** The identity in `TSNET_STATE`. */
function openGiven(
  identity: Secret,
  node: IdentityOptions,
  { log }: EmbeddedContext,
): Identity {
  const given = parseBackup(identity.reveal());
  if (given === undefined) {
    throw new ConfigError([
      "Cannot use TSNET_STATE: got a text that is no identity, want what " +
      "`tsmetrics tailnet state` prints.",
    ]);
  }
  const mismatch = mismatchOf(given.node, node);
  if (mismatch?.isOfAnotherPlane === true) {
    throw new ConfigError([
      `Cannot use TSNET_STATE: got the identity of ${mismatch.title}, want one of the control ` +
      `plane that ${describeNode(node)} joins: ${mismatch.advice}, or unset TSNET_STATE to log in.`,
    ]);
  }
  if (mismatch !== undefined) {
    // A name may be changed on purpose; the node stays the same.
    log.warning(
      "TSNET_STATE is the identity of {title}, which is now renamed to {name}: {advice} to keep " +
        "its name",
      { title: mismatch.title, name: node.hostname, advice: mismatch.advice },
    );
  }
  return givenIdentity(given.values, () =>
    log.warning(
      "TSNET_STATE is out of date: the embedded node has logged in again and has another key, " +
        "which is lost when the program ends. The next start has to log in again: unset " +
        "TSNET_STATE and keep the identity in storage, or run once without it on a host with " +
        "storage, and take what `tsmetrics tailnet state` prints there",
    ));
}

/** The identity in storage. */
function openStored(node: IdentityOptions, { log, storage }: EmbeddedContext): Identity {
  const store = openStore(storage, {
    onLost: (sentence) =>
      log.warning("{sentence}. Without it each restart makes another node; or set TSNET_STATE", {
        sentence,
      }),
    onFound: (sentence) => log.info("{sentence}", { sentence }),
  });
  return storedIdentity(store, node);
}

/** `data:` and not `blob:`, which compiled programs of some versions of Deno cannot load. */
function openPlatformWorker(code: string): WorkerPort {
  const url = `data:text/javascript;base64,${new TextEncoder().encode(code).toBase64()}`;
  return new Worker(url, { type: "module", name: "tsnet" });
}
