/**
 * What a simulated device has been set up with: tags, routes, services, and the families that its
 * page has because of them.
 *
 * @module
 */

import { knowsServices } from "./device_identity.ts";
import type { Kind, KindFacts } from "./device_kind.ts";
import type { PageShape } from "./page_template.ts";
import { hash, STREAM } from "./random.ts";
import type { Trait } from "./_spec.ts";

const SERVICES: readonly string[] = ["svc:web", "svc:git", "svc:wiki", "svc:grafana"];
const EXIT_ROUTES: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Number of network routes: an exit node's are none, and tailscaled does not count them. */
export function networkCount(routes: readonly string[]): number {
  return routes === EXIT_ROUTES ? 0 : routes.length;
}

/** Its tags; empty for a person's device and for an untagged one. */
export function tagsOf(
  facts: KindFacts,
  traits: ReadonlySet<Trait>,
  kind: Kind,
): readonly string[] {
  if (facts.isPersonal || traits.has("untagged") || traits.has("shared_in")) return [];
  return ["tag:exporter", kind === "server" ? "tag:server" : "tag:infra"];
}

/** The routes it announces, of which a subnet router's last one waits for approval. */
export function routesOf(
  seed: number,
  index: number,
  kind: Kind,
): { readonly advertised: readonly string[]; readonly enabled: readonly string[] } {
  if (kind === "exit_node") return { advertised: EXIT_ROUTES, enabled: EXIT_ROUTES };
  if (kind !== "subnet_router") return { advertised: [], enabled: [] };
  const luck = hash(seed, STREAM.route, index);
  const approved = [
    `10.${20 + luck % 200}.0.0/16`,
    `172.${16 + (luck >>> 8) % 16}.${(luck >>> 12) % 256}.0/24`,
  ];
  return { advertised: [...approved, `192.168.${(luck >>> 20) % 256}.0/24`], enabled: approved };
}

/** The families and series that its page has. */
export function shapeOf(
  seed: number,
  index: number,
  traits: ReadonlySet<Trait>,
  clientVersion: string,
): PageShape {
  const luck = hash(seed, STREAM.feature, index, 6);
  const serviceCount = traits.has("services") ? 1 + luck % SERVICES.length : 0;
  return {
    inboundDrops: ["acl", "error"].slice(0, luck % 3),
    outboundDrops: ["error", "link_local_unicast", "multicast", "unknown_protocol"]
      .slice(0, 1 + (luck >>> 4) % 4),
    hasRelay: traits.has("peer_relay"),
    services: knowsServices(clientVersion) ? SERVICES.slice(0, serviceCount) : undefined,
    extra: traits.has("newer_family")
      ? "newer_family"
      : traits.has("own_names")
      ? "own_names"
      : undefined,
  };
}
