/**
 * The configuration: one table of settings, how it is read, and how it is shown.
 *
 * @module
 */

export type { ListenAddress, ProxyAddress } from "./address.ts";
export { takesAccessLogs } from "./analytics.ts";
export type { Flags } from "./argument.ts";
export { type Command, type NodeAction, type Part, PARTS, type Shell } from "./command.ts";
export { describeConfig, secretsOf } from "./describe.ts";
export { envExample, settingsReference } from "./document.ts";
export { asksForCredential, type CredentialSettings } from "./exposure_rule.ts";
export { formatDuration } from "./duration.ts";
export { helpText } from "./help.ts";
export { type ConfigSources, type Invocation, loadConfig } from "./load.ts";
export type { Config } from "./setting_table.ts";
