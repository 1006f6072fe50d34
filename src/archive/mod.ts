/**
 * What outlives the process of history and alerts, in origin storage.
 *
 * @module
 */

export { Archive, type ArchiveLog, type ArchiveOptions } from "./archive.ts";
export { SegmentStore } from "./segment_store.ts";
