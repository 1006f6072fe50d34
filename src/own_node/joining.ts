/**
 * What the settings say of joining the tailnet, which is the same for the embedded node and a
 * sidecar: the auth key for a login, and what the log says of each status.
 *
 * @module
 */

import type { Logger } from "../log/log.ts";
import type { Secret } from "../secret/secret.ts";
import { withTagPrefix } from "../tag.ts";
import type { Delay } from "../time/delay.ts";
import { resolveAuthKey } from "./auth_key.ts";
import { AuthKeyCache } from "./auth_key_cache.ts";
import type { NodeStatus } from "./node_status.ts";
import type { LoginWays, NodeName } from "./status_text.ts";
import { createStatusLog } from "./status_log.ts";

/** What the settings say of joining. */
export interface JoinSettings {
  /** An auth key, or an OAuth client's secret. */
  readonly authKey: Secret | undefined;
  /** Tags that the node shall have, without `tag:`. */
  readonly tags: readonly string[];
  /** Whether the node must have tag:exporter. Default: false. */
  readonly needsExporter?: boolean | undefined;
  /** Whether a login at a URL reaches the node, as {@linkcode LoginWays} has it. Default: true. */
  readonly takesUrl?: boolean | undefined;
}

/** What joining is connected to. */
export interface JoinContext {
  /** Asks Tailscale's API for an auth key. */
  readonly fetch: typeof fetch;
  /** Hears each change. */
  readonly log: Logger;
  /** Waits. */
  readonly delay: Delay;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** The part of a node's options that joining makes. */
export interface Joining {
  /** Whether {@linkcode Joining.authKey} can log in. */
  readonly hasAuthKey: boolean;
  /** Gives an auth key for a login; undefined if there is none. */
  readonly authKey: () => Promise<string | undefined>;
  /** Hears each change of the status. */
  readonly onStatus: (status: NodeStatus) => void;
}

/** How a node of these settings joins. */
export function createJoining(
  { authKey, needsExporter, tags, takesUrl }: JoinSettings,
  name: NodeName,
  { delay, elapsed, fetch, log }: JoinContext,
): Joining {
  const keyOptions = { tags: tags.map(withTagPrefix), fetch, delay };
  const keys = authKey && new AuthKeyCache({
    make: async () => await resolveAuthKey(authKey.reveal(), keyOptions),
    elapsed,
  });
  const hasAuthKey = authKey !== undefined;
  const ways: LoginWays = { hasAuthKey, takesUrl };
  const tell = createStatusLog({ log, tags, needsExporter, name, ways });
  return {
    hasAuthKey,
    authKey: async () => await keys?.get(),
    onStatus(status) {
      keys?.told(status);
      tell(status);
    },
  };
}
