/**
 * What the page reads of access analytics. Types only; the schemas are in `src/api/`.
 *
 * @module
 */

/** A request. */
export interface AccessRequest {
  /** When it was made. */
  readonly time: string;
  /** The user's login. */
  readonly user: string | null;
  /** The device's name. */
  readonly device: string | null;
  /** Where it came from. */
  readonly user_class: string;
  /** The client's address. */
  readonly ip: string;
  /** The service. */
  readonly service: string;
  /** The method. */
  readonly method: string;
  /** The path without ids. */
  readonly endpoint: string;
  /** The status of the response. */
  readonly status: number;
  /** Duration in seconds. */
  readonly response_time: number | null;
}

/** A name and its number of requests. */
export interface AccessCount {
  /** The name; "(other)" for all that are not listed. */
  readonly name: string;
  /** The number. */
  readonly requests: number;
}

/** An hour and its number of requests. */
export interface AccessHour {
  /** Its start. */
  readonly time: string;
  /** The number. */
  readonly requests: number;
}

/** `/analytics/dashboard-usage`. */
export interface AccessUsage {
  /** How far it looks back. */
  readonly days: number;
  /** Requests. */
  readonly total_requests: number;
  /** Bytes of all responses. */
  readonly total_bytes: number;
  /** Distinct users. */
  readonly unique_users: number;
  /** Distinct devices. */
  readonly active_devices: number;
  /** Requests by class of status. */
  readonly status_classes: Readonly<Record<string, number>>;
  /** Requests by class of user. */
  readonly user_classes: Readonly<Record<string, number>>;
  /** The most used services. */
  readonly services: readonly AccessCount[];
  /** The most used endpoints. */
  readonly top_endpoints: readonly AccessCount[];
  /** The users with most requests. */
  readonly top_users: readonly AccessCount[];
  /** The devices with most requests. */
  readonly top_devices: readonly AccessCount[];
  /** Hours with requests. */
  readonly hours: readonly AccessHour[];
  /** The last requests. */
  readonly recent: readonly AccessRequest[];
}

/** `/analytics/access-logs`. */
export interface AccessRequests {
  /** The newest first. */
  readonly access_logs: readonly AccessRequest[];
}

/** `/analytics/quota-status`. */
export interface AccessQuota {
  /** External users. */
  readonly external_users: number;
  /** The number that the plan permits. */
  readonly limit: number;
  /** Whether there are more. */
  readonly exceeded: boolean;
  /** Their logins. */
  readonly users: readonly string[];
}
