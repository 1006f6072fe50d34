/**
 * What the page reads of the JSON API: the fields that it shows. Types only; the schemas of whole
 * answers are in `src/api/`, the messages of the event stream in `message.ts`.
 *
 * @module
 */

import type { PathEntry } from "./host_model.ts";
import type { Traffic } from "./series_model.ts";

/** How bad something is. */
export type Severity = "critical" | "warning" | "info" | "ok";

/** Something that is wrong with a device. */
export interface Problem {
  /** The kind in one word. */
  readonly kind: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** What is wrong. */
  readonly text: string;
  /** What mends it. */
  readonly advice: string;
}

/** A row of `/api/v1/devices`. */
export interface DeviceRow {
  /** The device's id. */
  readonly id: string;
  /** Its name in the tailnet. */
  readonly name: string;
  /** The machine's own name. */
  readonly hostname: string | null;
  /** Its addresses. */
  readonly addresses: readonly string[];
  /** Whether it is connected to the control plane. */
  readonly online: boolean;
  /** Its operating system. */
  readonly os: string | null;
  /** Its owner. */
  readonly owner: string | null;
  /** Its tags. */
  readonly tags: readonly string[];
  /** Its type. */
  readonly type: string;
  /** Whether it is critical. */
  readonly critical: boolean;
  /** The version of its client. */
  readonly version: string | null;
  /** When it was last connected; null while it is. */
  readonly last_seen: string | null;
  /** When its key expires. */
  readonly expires: string | null;
  /** The state of its metrics. */
  readonly metrics: string;
  /** The worst problem. */
  readonly problem: Problem | null;
}

/** A page of `/api/v1/devices`. */
export interface DevicePage {
  /** Devices on all pages. */
  readonly total: number;
  /** The cursor of the next page. */
  readonly next: string | null;
  /** The devices. */
  readonly devices: readonly DeviceRow[];
}

/** `/api/v1/devices/{id}`. */
export interface DeviceDetails extends DeviceRow {
  /** The stable id of its node. */
  readonly node_id: string | null;
  /** When it was added. */
  readonly created: string | null;
  /** Whether its key never expires. */
  readonly key_expiry_disabled: boolean | null;
  /** Whether it is approved. */
  readonly authorized: boolean | null;
  /** Whether it is shared in. */
  readonly external: boolean | null;
  /** Whether it is ephemeral. */
  readonly ephemeral: boolean | null;
  /** Whether a newer client is available. */
  readonly update_available: boolean | null;
  /** Whether it refuses incoming connections. */
  readonly blocks_incoming: boolean | null;
  /** Its routes. */
  readonly routes: {
    readonly advertised: readonly string[] | null;
    readonly enabled: readonly string[] | null;
    readonly primary: readonly string[] | null;
  };
  /** Its distances to DERP regions. */
  readonly latencies: readonly {
    readonly region: string;
    readonly ms: number;
    readonly home: boolean;
  }[];
  /** Its own metrics. */
  readonly scrape: {
    readonly state: string;
    readonly reason: string | null;
    readonly url: string | null;
    readonly last_success: string | null;
    readonly failing_since: string | null;
    readonly next_try: string | null;
  };
  /** Samples that are left out. */
  readonly left_out: readonly {
    readonly family: string | null;
    readonly reason: string;
    readonly samples: number;
  }[];
  /** For how long it was online; null if nothing is remembered. */
  readonly uptime: UptimeState | null;
  /** Its traffic; null where its metrics tell none. */
  readonly traffic: Traffic | null;
  /** The device as hosts see it. */
  readonly paths: readonly (PathEntry & {
    readonly host: string;
    /** The host's name in the tailnet; null while it is not known. */
    readonly host_name: string | null;
  })[];
  /** All problems. */
  readonly problems: readonly Problem[];
  /** A text to copy. */
  readonly diagnosis: string;
}

/** A window of time online. */
export interface UptimeWindow {
  /** Part of the observed time; null if nothing was observed. */
  readonly ratio: number | null;
  /** How much was observed. */
  readonly observed_seconds: number;
}

/** Time online of a device. */
export interface UptimeState {
  /** The last 24 hours. */
  readonly day: UptimeWindow;
  /** The last 7 days. */
  readonly week: UptimeWindow;
  /** The last 30 days. */
  readonly month: UptimeWindow;
  /** Until when it is made up by the demo; null for a real tailnet. */
  readonly simulated_until: string | null;
  /** The last 30 days, one by one. */
  readonly days: readonly (UptimeWindow & { readonly day: string })[];
}

/** A node that an event or an alert is about. */
export interface NamedNode {
  /** The device's id. */
  readonly id: string;
  /** Its name. */
  readonly name: string;
}

/** An event. */
export interface LogEvent {
  /** Rises from event to event. */
  readonly id: number;
  /** When it happened. */
  readonly time: string;
  /** What happened. */
  readonly type: string;
  /** How bad it is. */
  readonly severity: "ok" | "warning" | "critical";
  /** The node. */
  readonly node: NamedNode | null;
  /** One sentence. */
  readonly message: string;
  /** Whether the demo made it up. */
  readonly simulated: boolean;
}

/** A page of `/api/v1/events`. */
export interface EventPage {
  /** Events that match. */
  readonly total: number;
  /** The cursor of the next page. */
  readonly next: number | null;
  /** The events, newest first. */
  readonly events: readonly LogEvent[];
}

/** An alert. */
export interface AlertEntry {
  /** Names rule and subject. */
  readonly id: string;
  /** What is wrong. */
  readonly rule: string;
  /** How bad it is. */
  readonly severity: "warning" | "critical";
  /** How far it is. */
  readonly state: "pending" | "firing" | "resolved";
  /** The node. */
  readonly node: NamedNode | null;
  /** One sentence. */
  readonly summary: string;
  /** When the condition began to hold. */
  readonly since: string;
  /** When it fired. */
  readonly fired: string | null;
  /** When it was resolved. */
  readonly resolved: string | null;
  /** When the silence ends. */
  readonly silenced_until: string | null;
}

/** A silence. */
export interface SilenceEntry {
  /** Its id. */
  readonly id: string;
  /** The rule; null for every rule. */
  readonly rule: string | null;
  /** A pattern of names; null for every node. */
  readonly node: string | null;
  /** When it ends. */
  readonly until: string;
  /** Why. */
  readonly comment: string;
}

/** `/api/v1/alerts`. */
export interface AlertList {
  /** The alerts. */
  readonly alerts: readonly AlertEntry[];
  /** The silences. */
  readonly silences: readonly SilenceEntry[];
}

/** `/api/v1/summary`. */
export interface Summary {
  /** When it was made. */
  readonly time: string;
  /** Numbers of devices. */
  readonly devices: { readonly total: number; readonly online: number; readonly offline: number };
  /** Devices by the state of their metrics. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Whether access logs are taken. */
  readonly access: boolean;
  /** The tailnets. */
  readonly tailnets: readonly {
    readonly name: string;
    readonly answers: boolean | null;
    readonly last_list: string | null;
    readonly fresh: boolean;
    readonly error: string | null;
  }[];
  /** What is wrong, the worst first. */
  readonly problems: readonly {
    readonly kind: string;
    readonly severity: Severity;
    readonly title: string;
    readonly advice: string;
    readonly since: string | null;
    readonly reason: string | null;
    readonly count: number;
    readonly devices: readonly { readonly id: string; readonly name: string }[];
  }[];
}
