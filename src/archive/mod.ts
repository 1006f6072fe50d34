/**
 * What outlives the process of history and alerts, in origin storage.
 *
 * @module
 */

export type { ArchiveLog } from "./_segment_reader.ts";
export { Archive, type ArchiveOptions } from "./archive.ts";
export { PatientArchive, type PatientArchiveOptions } from "./patient_archive.ts";
export { SegmentStore } from "./segment_store.ts";
