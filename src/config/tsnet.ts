/**
 * Settings of our own node, with which the program joins the tailnet: embedded, or a sidecar.
 *
 * @module
 */

import { parseCidr } from "../cidr.ts";
import { isClientSecret, parseClientSecret } from "../secret/client_secret.ts";
import type { Secret } from "../secret/secret.ts";
import { parseTag, withTagPrefix } from "../tag.ts";
import { controlPlaneUrl } from "./address.ts";
import { boolean, defineKind, type Kind, oneOf, secret, text } from "./kind.ts";
import { parseItems, tagList } from "./list.ts";
import type { SettingsOf } from "./setting.ts";

/** Joining the tailnet by ourselves. */
export interface TsnetConfig {
  /** Whether to join. */
  readonly useTsnet: boolean;
  /** What the node runs in: this process, or a tailscaled beside it. */
  readonly tsnetMode: "embedded" | "sidecar";
  /** Name in the tailnet. */
  readonly tsnetHostname: string;
  /** Registers the node. */
  readonly tsAuthkey?: Secret;
  /** Tags that the node should have, without `tag:`. */
  readonly tsnetTags: readonly string[];
  /** The control plane; absent = that of `HEADSCALE_URL`, else Tailscale's. */
  readonly tsnetControlUrl?: URL;
  /** Who may ask over the tailnet: tags with `tag:`, login names, names of nodes; empty = all. */
  readonly tsnetAllow: readonly string[];
  /** An identity that `tsmetrics tailnet state` printed. */
  readonly tsnetState?: Secret;
  /** Where the Go tsmetrics kept the node's state; not used. */
  readonly tsnetStateDir?: string;
}

/** Joining the tailnet by ourselves. */
export const TSNET_SETTINGS: SettingsOf<TsnetConfig> = {
  useTsnet: {
    variable: "USE_TSNET",
    kind: boolean(),
    default: "false",
    help: "Join the tailnet as a node: scrape devices over it and serve on it. BIND_HOST then " +
      "defaults to 127.0.0.1.",
  },
  tsnetMode: {
    variable: "TSNET_MODE",
    kind: oneOf("embedded", "sidecar"),
    default: "embedded",
    help:
      "embedded: the node runs in this process. sidecar: it is a tailscaled in userspace mode " +
      "beside it, at SCRAPE_PROXY and LOCALAPI_URL or LOCALAPI_SOCKET, which tsmetrics logs in " +
      "and names by TS_AUTHKEY, TSNET_CONTROL_URL and TSNET_HOSTNAME.",
  },
  tsnetHostname: {
    variable: "TSNET_HOSTNAME",
    kind: text(
      "a host name of at most 63 letters, digits and - between them",
      /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/,
      "NAME",
    ),
    default: "tsmetrics",
    help: "Host name in the tailnet. Each instance needs its own.",
  },
  tsAuthkey: {
    variable: "TS_AUTHKEY",
    kind: authKey(),
    help: "Auth key that registers the node, or the secret of an OAuth client with the scope " +
      "auth_keys, which makes one: then the node is ephemeral, and waits for approval where " +
      "device approval is on; append ?ephemeral=false&preauthorized=true to change that. Without " +
      "it the log has a URL to log in at.",
    example: "tskey-auth-…",
  },
  tsnetTags: {
    variable: "TSNET_TAGS",
    kind: tagList(),
    default: "",
    example: "exporter,monitoring",
    help: "Tags that the node must have; checked after joining, because they come from the auth " +
      "key. An OAuth client's keys are made with them.",
  },
  tsnetControlUrl: {
    variable: "TSNET_CONTROL_URL",
    kind: controlPlaneUrl("https://headscale.example.com"),
    example: "https://headscale.example.com",
    help: "Control plane to join. Default: HEADSCALE_URL, else Tailscale's.",
  },
  tsnetAllow: {
    variable: "TSNET_ALLOW",
    kind: peerList(),
    default: "",
    example: "tag:prometheus,alice@example.com",
    help: "Answer only these over the tailnet: tags with tag:, login names, and nodes by their " +
      "name, with or without the tailnet's domain; not by address. Others get 403.",
  },
  tsnetState: {
    variable: "TSNET_STATE",
    kind: secret(),
    example: "",
    help:
      "Identity of the embedded node as one line of text, for hosts without storage that lasts.",
  },
  tsnetStateDir: {
    variable: "TSNET_STATE_DIR",
    kind: text("a path", /^\P{Cc}{1,1000}$/u, "PATH"),
    help: "Not used: the sandbox opens no files. The identity is in origin storage, below " +
      "XDG_DATA_HOME or DENO_DIR, or in TSNET_STATE; a sidecar keeps its own, in its --statedir.",
  },
};

/** An auth key, or an OAuth client's secret with its attributes. */
function authKey(): Kind<Secret> {
  const kind = secret();
  function explain(given: string): string | undefined {
    if (/^tskey-api-/.test(given)) {
      return "got an API access token (tskey-api-…), want an auth key (tskey-auth-…)";
    }
    // Tailscale's own programs read a file then.
    if (/^file:/i.test(given)) {
      return "got the name of a file, which the sandbox does not open, want the key itself";
    }
    return isClientSecret(given) ? explainClient(given) : kind.explain?.(given);
  }
  return {
    ...kind,
    parse: (given) => explain(given) === undefined ? kind.parse(given) : undefined,
    explain,
  };
}

function explainClient(given: string): string | undefined {
  try {
    parseClientSecret(given);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Tags with `tag:`, login names, names of nodes. */
function peerList(): Kind<readonly string[]> {
  return defineKind({
    placeholder: "LIST",
    wanted: "tags with tag:, login names or names of nodes, separated by commas",
    parse: (given) => parseItems(given, parsePeer),
    explain(given) {
      const address = parseItems(given, (item) => item)?.find((item) => parseCidr(item));
      return address &&
        `got the address ${address}, which TSNET_ALLOW does not compare, want the name of the node`;
    },
  });
}

const PEER_NAME = /^[\p{L}\p{N}][\p{L}\p{N}._%+@-]{0,252}$/u;

function parsePeer(item: string): string | undefined {
  if (parseCidr(item) !== undefined) return undefined;
  if (!/^tag:/i.test(item)) return PEER_NAME.test(item) ? item.replace(/\.$/, "") : undefined;
  const tag = parseTag(item);
  return tag === undefined ? undefined : withTagPrefix(tag);
}
