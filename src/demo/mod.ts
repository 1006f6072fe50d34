/**
 * The demo tailnet: a simulated Tailscale API and devices' pages over real HTTP.
 *
 * @module
 */

export {
  type Demo,
  type DemoHandler,
  type DemoOptions,
  type Listen,
  type Listening,
  startDemo,
} from "./demo.ts";
export { DEFAULT_FLEET_SIZE, MAX_FLEET_SIZE, planDevices, planFleet } from "./fleet.ts";
export type { Kind } from "./device_kind.ts";
export type { ApiFault, DeviceSpec, PageFault, Trait } from "./_spec.ts";
export {
  type DemoDevice,
  SimulatedTailnet,
  type SimulatedTailnetOptions,
} from "./simulated_tailnet.ts";
export type { PortState } from "./web_client.ts";
