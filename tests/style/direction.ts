/**
 * Which part of `src/` may import which, and why. A part is a folder or a file directly in `src/`.
 * What is not listed is forbidden, type imports included. The list is data: the lint plugin reads
 * it, and `direction_test.ts` checks that it has no cycle and that the tree uses every edge.
 *
 * @module
 */

/** One permission to import. */
export interface Edge {
  /** The part that imports. */
  readonly from: string;
  /** The part that is imported. */
  readonly to: string;
  /** What it is needed for. */
  readonly why: string;
}

/** A member of the `Deno` namespace that a file may call although it is not where Deno lives. */
export interface DenoUse {
  /** The file, relative to the checkout. */
  readonly file: string;
  /** The members; an empty list allows all of them. */
  readonly members: readonly string[];
  /** Why it cannot be handed in. */
  readonly why: string;
}

/** Parts that import nothing of ours: every part may import them. */
export const LEAVES: readonly string[] = [
  "cardinality",
  "cidr",
  "errors",
  "metric",
  "runtime",
  "secret",
  "shard",
  "store",
  "tag",
  "text",
  "time",
  "version",
];

/** Every permitted import between parts, leaves as targets left out. */
export const EDGES: readonly Edge[] = [
  { from: "main", to: "commands", why: "picks the command and turns its result into an exit code" },
  { from: "main", to: "config", why: "reads environment and flags before anything else is made" },
  { from: "config", to: "range", why: "what is open to this machine only needs no password" },
  { from: "control", to: "json", why: "device lists and refusals are JSON" },
  { from: "headscale", to: "control", why: "the port that it implements, and requests" },
  { from: "headscale", to: "json", why: "the API speaks JSON" },
  { from: "tailscale", to: "control", why: "the port that it implements, and requests" },
  { from: "tailscale", to: "json", why: "the API and tailscaled speak JSON" },
  {
    from: "tailscale",
    to: "range",
    why: "reads thousands of Tailscale addresses, told by their form",
  },
  { from: "main", to: "log", why: "sets up logging once, from the configuration" },
  { from: "commands", to: "exporter", why: "every command but help and version runs its parts" },
  { from: "commands", to: "http", why: "serve opens the port; healthcheck knows the path it asks" },
  { from: "commands", to: "exposition", why: "once --explain counts the page" },
  { from: "commands", to: "facts", why: "check and once --explain show what is known" },
  { from: "commands", to: "devices", why: "check words the entries that match no device" },
  { from: "commands", to: "config", why: "commands are told what is configured; help prints it" },
  { from: "commands", to: "log", why: "serve tells what it does" },
  { from: "exporter", to: "http", why: "gives the views that the handler serves" },
  { from: "exporter", to: "collectors", why: "makes the collectors and their loop" },
  { from: "exporter", to: "facts", why: "hands on what is known of each device" },
  { from: "exporter", to: "tailnet", why: "puts each tailnet on the page" },
  { from: "exporter", to: "host", why: "puts this host on the page, if there is a way to it" },
  { from: "host", to: "collectors", why: "makes the collectors of this host and their loops" },
  { from: "host", to: "config", why: "turns the settings of this host into its parts" },
  { from: "host", to: "facts", why: "keeps what is known of this host" },
  { from: "host", to: "page", why: "has sections for the page" },
  { from: "host", to: "log", why: "reports troubles of its parts" },
  { from: "host", to: "selector", why: "chooses the peers that are pinged" },
  { from: "host", to: "tailscale", why: "asks this host's tailscaled" },
  { from: "reporter", to: "host", why: "asks this host how it stands" },
  {
    from: "commands",
    to: "paths",
    why: "ends with the code that asks for a restart of tailscaled",
  },
  { from: "tailnet", to: "control", why: "asks the control plane, through a circuit breaker" },
  { from: "tailnet", to: "collectors", why: "makes the collectors of the tailnet and their loop" },
  { from: "tailnet", to: "config", why: "turns the settings of the tailnet into its parts" },
  { from: "tailnet", to: "facts", why: "keeps what is known of the tailnet" },
  { from: "tailnet", to: "devices", why: "makes inventory and scraper from the configuration" },
  { from: "tailnet", to: "exposition", why: "bounds what a device may send" },
  { from: "tailnet", to: "page", why: "has sections for the page" },
  { from: "tailnet", to: "log", why: "reports troubles of its parts" },
  { from: "tailnet", to: "source", why: "is told where API and devices are reached" },
  { from: "tailnet", to: "tailnet_log", why: "logs how its requests and cycles go" },
  { from: "tailnet_log", to: "facts", why: "counts the devices of the first collection" },
  { from: "tailnet_log", to: "log", why: "writes these sentences" },
  { from: "exporter", to: "page", why: "puts the sections of all collectors on one page" },
  {
    from: "exporter",
    to: "config",
    why: "the wiring is the one place that turns settings into parts",
  },
  { from: "exporter", to: "log", why: "reports troubles of its parts" },
  { from: "exporter", to: "reporter", why: "leaves it to say how its parts are" },
  { from: "reporter", to: "collectors", why: "reads what they know and have counted" },
  { from: "reporter", to: "config", why: "shows the settings, secrets hidden" },
  { from: "reporter", to: "facts", why: "shows what is known of each device" },
  { from: "reporter", to: "tailnet", why: "asks each tailnet how it stands" },
  { from: "reporter", to: "http", why: "makes what the HTTP side shows" },
  { from: "commands", to: "source", why: "opens the source and closes it when the command ends" },
  { from: "exporter", to: "source", why: "is told where API and devices are reached" },
  { from: "source", to: "config", why: "the settings choose between an account and the demo" },
  { from: "source", to: "demo", why: "the demo tailnet stands in for an account" },
  { from: "source", to: "history", why: "hands on the past that the demo tells" },
  { from: "demo", to: "history", why: "tells a past in its words" },
  { from: "source", to: "devices", why: "names the proxy that pages are fetched through" },
  { from: "source", to: "http", why: "gives the demo the function that opens a loopback port" },
  { from: "source", to: "tailscale", why: "opens the client of Tailscale's API" },
  { from: "access", to: "range", why: "tells addresses of the tailnet from all others" },
  { from: "access", to: "facts", why: "device lists say which device has an address" },
  { from: "access", to: "tailscale", why: "names what tailscaled says of an address" },
  { from: "access", to: "page", why: "counts requests for the page" },
  { from: "analytics", to: "access", why: "makes the parts that read and count lines" },
  { from: "analytics", to: "analytics_log", why: "logs what goes wrong in its parts" },
  { from: "analytics_log", to: "access", why: "names outcomes of lookups and faults of lines" },
  { from: "analytics_log", to: "log", why: "writes these sentences" },
  { from: "analytics", to: "config", why: "turns the settings of access analytics into its parts" },
  { from: "analytics", to: "jobs", why: "has work that is done at intervals" },
  { from: "analytics", to: "log", why: "reports troubles of its parts" },
  { from: "analytics", to: "tailnet", why: "device lists say which device has an address" },
  { from: "analytics", to: "tailscale", why: "asks tailscaled who is behind an address" },
  { from: "config", to: "access", why: "names the fields of JSON lines" },
  { from: "exporter", to: "analytics", why: "puts requests of access logs on the page" },
  { from: "exporter", to: "loaded", why: "gets the code of what is configured" },
  { from: "loaded", to: "analytics", why: "loads it where access logs are taken" },
  { from: "loaded", to: "config", why: "reads what is configured" },
  { from: "loaded", to: "database", why: "loads it where one is configured" },
  { from: "loaded", to: "own_node", why: "hands on our own node" },
  { from: "loaded", to: "host", why: "loads it where there is a way to tailscaled" },
  { from: "loaded", to: "monitor", why: "loads it where history is kept" },
  { from: "loaded", to: "source", why: "is told where API and devices are reached" },
  { from: "loaded", to: "tailscale", why: "hands on the client of this host's tailscaled" },
  { from: "analytics", to: "facts", why: "devices as device lists have them" },
  { from: "http", to: "access", why: "shows who used what" },
  { from: "api", to: "access", why: "shows who used what" },
  { from: "access", to: "json", why: "Caddy, Traefik and others write their log as JSON" },
  { from: "source", to: "headscale", why: "opens the client of headscale's API instead" },
  { from: "source", to: "control", why: "gives the fleet whichever client was opened" },
  { from: "api", to: "alerts", why: "shows alerts and makes silences" },
  { from: "api", to: "history", why: "shows events, time online and types of nodes" },
  { from: "api", to: "control", why: "shows devices as the control plane describes them" },
  { from: "api", to: "facts", why: "shows what is known of tailnets and hosts" },
  { from: "api", to: "json", why: "makes objects of JSON" },
  { from: "api", to: "paths", why: "names the paths to peers" },
  { from: "api", to: "jobs", why: "shows how the runs of jobs went" },
  { from: "http", to: "api", why: "serves the JSON API" },
  { from: "http", to: "ui", why: "serves the page, which is text" },
  { from: "source", to: "embedded", why: "opens the way to devices over an own node" },
  { from: "source", to: "log", why: "gives the embedded node its log" },
  { from: "exporter", to: "control", why: "tells our own node among the devices" },
  { from: "reporter", to: "own_node", why: "reports the state of our own node" },
  { from: "source", to: "own_node", why: "hands on our own node, whichever kind it is" },
  { from: "commands", to: "own_node", why: "serve holds who asks over the tailnet to TSNET_ALLOW" },
  { from: "embedded", to: "own_node", why: "is one kind of it" },
  { from: "commands", to: "embedded", why: "serve answers over the tailnet, too" },
  { from: "source", to: "sidecar", why: "opens the node that a tailscaled beside us is" },
  { from: "commands", to: "sidecar", why: "serve asks it who is behind a forwarded connection" },
  { from: "sidecar", to: "own_node", why: "is the other kind of it" },
  { from: "own_node", to: "json", why: "the LocalAPI speaks JSON" },
  { from: "own_node", to: "log", why: "each change of the node is one line" },
  { from: "sidecar", to: "tailscale", why: "logs a tailscaled in over its LocalAPI" },
  { from: "sidecar", to: "log", why: "each change of the node is one line" },
  { from: "sidecar", to: "range", why: "what tailscaled forwards comes from a loopback address" },
  { from: "embedded", to: "json", why: "its LocalAPI speaks JSON" },
  { from: "embedded", to: "tailscale", why: "its LocalAPI is read as a tailscaled's" },
  { from: "http", to: "devices", why: "asks for targets, in their words" },
  { from: "http", to: "facts", why: "shows what is known of each device" },
  { from: "http", to: "exposition", why: "negotiates the format of the page" },
  { from: "http", to: "log", why: "reports requests that failed" },
  { from: "http", to: "tailscale", why: "the bridge passes on what tailscaled answers" },
  { from: "http", to: "range", why: "a bridge without a token answers this machine only" },
  { from: "collectors", to: "devices", why: "facts about the fleet and pages of its devices" },
  { from: "collectors", to: "control", why: "devices, and the states of the circuit breaker" },
  { from: "collectors", to: "tailscale", why: "what this host's tailscaled answers" },
  { from: "collectors", to: "facts", why: "what is known is what they show" },
  { from: "collectors", to: "exposition", why: "families and samples are what a collector makes" },
  { from: "collectors", to: "page", why: "their blocks are kept in sections of the page" },
  { from: "collectors", to: "paths", why: "a host's peers, and what is to be told of their paths" },
  { from: "collectors", to: "log", why: "reports a cycle that failed" },
  { from: "devices", to: "control", why: "the control plane, and devices as it lists them" },
  { from: "facts", to: "control", why: "devices as control planes list them" },
  { from: "paths", to: "json", why: "the watchdog's state is JSON" },
  { from: "paths", to: "range", why: "an endpoint inside the tailnet is no direct path" },
  { from: "facts", to: "own_node", why: "names the states of our own node" },
  { from: "facts", to: "paths", why: "names the path to a peer, and what the watchdog does" },
  { from: "facts", to: "tailscale", why: "names the states of tailscaled" },
  { from: "devices", to: "selector", why: "chooses devices by name and tag" },
  { from: "devices", to: "range", why: "only addresses of Tailscale are scraped" },
  { from: "devices", to: "facts", why: "the device list is kept there" },
  { from: "devices", to: "exposition", why: "turns a page in OpenMetrics into the text format" },
  { from: "page", to: "exposition", why: "a page is made of blocks and headers of families" },
  { from: "alerts", to: "control", why: "judges devices as control planes list them" },
  { from: "alerts", to: "facts", why: "what is wrong is read from snapshots" },
  { from: "alerts", to: "history", why: "names nodes, classes and severities as events do" },
  { from: "archive", to: "json", why: "reads what was kept as JSON" },
  { from: "archive", to: "alerts", why: "keeps alerts and silences over a restart" },
  { from: "archive", to: "history", why: "keeps events and time online over a restart" },
  { from: "history", to: "control", why: "classifies devices as control planes list them" },
  { from: "history", to: "devices", why: "tags count as for the filters" },
  { from: "history", to: "selector", why: "names are matched as by the filters" },
  { from: "history", to: "facts", why: "events are what changed between two snapshots" },
  { from: "monitor", to: "alerts", why: "judges what is wrong" },
  { from: "monitor", to: "archive", why: "keeps all of it over a restart" },
  { from: "jobs", to: "alerts", why: "the report says how many alerts are firing" },
  { from: "jobs", to: "facts", why: "health is read from snapshots" },
  { from: "jobs", to: "history", why: "classes of nodes, and events of reports" },
  { from: "jobs", to: "log", why: "reports are lines of the log" },
  { from: "notify", to: "alerts", why: "sends alerts" },
  { from: "notify", to: "log", why: "reports receivers that fail" },
  { from: "monitor", to: "notify", why: "sends alerts, and counts how that went" },
  { from: "monitor", to: "jobs", why: "runs them, and shows how they went" },
  { from: "monitor", to: "log", why: "reports troubles of its parts" },
  { from: "monitor", to: "config", why: "turns the settings of the history into its parts" },
  { from: "monitor", to: "control", why: "classifies devices" },
  { from: "monitor", to: "page", why: "has a section for the page" },
  { from: "monitor", to: "api", why: "tells the stream of events what has changed" },
  { from: "monitor", to: "facts", why: "reads what is known after each cycle" },
  { from: "monitor", to: "history", why: "keeps what happened" },
  { from: "exporter", to: "monitor", why: "lets it read each tailnet, and shows its metrics" },
  { from: "commands", to: "history", why: "check names the rule that gave a node its type" },
  { from: "push", to: "access", why: "writes requests of access logs" },
  { from: "push", to: "archive", why: "keeps points over a restart" },
  { from: "push", to: "control", why: "a database asks for a wait as an API does" },
  { from: "push", to: "facts", why: "writes how nodes are" },
  { from: "push", to: "json", why: "reads answers up to a limit" },
  { from: "push", to: "log", why: "reports a database that fails" },
  { from: "push", to: "page", why: "has a section for the page" },
  { from: "database", to: "access", why: "takes requests of access logs" },
  { from: "database", to: "archive", why: "keeps points over a restart" },
  { from: "database", to: "config", why: "turns the settings of the database into its parts" },
  { from: "database", to: "control", why: "names the type of devices" },
  { from: "database", to: "facts", why: "takes how nodes are" },
  { from: "database", to: "log", why: "reports a database that fails" },
  { from: "database", to: "page", why: "has a section for the page" },
  { from: "database", to: "push", why: "makes buffer and client" },
  { from: "exporter", to: "database", why: "gives it nodes and requests, and shows its metrics" },
  { from: "reporter", to: "database", why: "reports whether it takes points" },
  { from: "commands", to: "database", why: "check asks it whether it would take points" },
];

/** Folders of which other folders, those of tests included, import `mod.ts` and nothing else. */
export const ONE_DOOR: readonly string[] = ["exposition", "page"];

/** Packages and platform modules by prefix, and the only place each may be imported in `src/`. */
export const DOORS: readonly { readonly prefix: string; readonly only: string }[] = [
  { prefix: "@logtape/", only: "src/log/log.ts" },
  { prefix: "bcryptjs", only: "src/http/auth/_bcrypt.ts" },
  { prefix: "preact", only: "src/ui/" },
  { prefix: "uplot", only: "src/ui/" },
];

/** Where `Deno.*` may be called; everywhere else it comes in as an option. */
export const DENO_USES: readonly DenoUse[] = [
  { file: "src/main.ts", members: [], why: "wires the platform to the program" },
  {
    file: "src/http/server/server.ts",
    members: ["errors"],
    why: "says why a port cannot be opened",
  },
  {
    file: "src/http/server/listen.ts",
    members: ["listen", "listenTls"],
    why: "the one function that opens a port",
  },
  {
    file: "src/http/server/_accept.ts",
    members: ["errors"],
    why: "tells a client that is gone from a lack of file descriptors",
  },
  {
    file: "src/access/syslog_port.ts",
    members: ["listen"],
    why: "opens the port for access logs",
  },
  { file: "src/http/loopback.ts", members: ["serve"], why: "the demo tailnet's server" },
  {
    file: "src/embedded/_worker.ts",
    members: ["connect", "createHttpClient", "startTls"],
    why: "runs in a Worker, to which nothing can be handed",
  },
];

/**
 * The part of `src/` that a file belongs to: `src/http/route.ts` → "http", `src/host.ts` → "host".
 */
export function partOf(path: string): string | undefined {
  return /^src\/([^/]+?)(?:\.tsx?$|\/)/.exec(path)?.[1];
}

/** Whether an import of `target` by the file `path` keeps to the one door, if there is one. */
export function usesDoor(path: string, target: string): boolean {
  const part = partOf(target);
  if (part === undefined || !ONE_DOOR.includes(part)) return true;
  return target === `src/${part}/mod.ts` || /^(?:src|tests)\/([^/]+)\//.exec(path)?.[1] === part;
}

/**
 * Whether `from` may import `to`.
 *
 * @returns The reason, or `undefined` if it may not.
 */
export function reasonFor(from: string, to: string): string | undefined {
  if (from === to) return "the same part";
  if (from === "exposition" || LEAVES.includes(from)) return undefined;
  if (LEAVES.includes(to)) return "a leaf";
  return EDGES.find((edge) => edge.from === from && edge.to === to)?.why;
}
