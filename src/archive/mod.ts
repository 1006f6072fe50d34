/**
 * What outlives the process, in origin storage: history and alerts. `src/push/kept_points.ts` keeps
 * unwritten points in the same kind of segments.
 *
 * @module
 */

export type { ArchiveLog } from "./_segment_reader.ts";
export { Archive, type ArchiveOptions } from "./archive.ts";
export { PatientArchive, type PatientArchiveOptions } from "./patient_archive.ts";
export { SegmentStore } from "./segment_store.ts";
