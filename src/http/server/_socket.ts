/**
 * What is needed of a connection, plain or TLS. `listen.ts` opens the real ones.
 *
 * @module
 */

/** The platform's connection. */
export interface Socket {
  /** Whether the client has shown a certificate that was verified; known after the first read. */
  readonly hasCertificate?: boolean;
  /** Reads some bytes; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
  /**
   * Writes some of the bytes; tells how many.
   *
   * @param onProgress Called when the system took some of the bytes before all that are written at
   * once; a socket that writes only what the system takes never calls it.
   */
  write(bytes: Uint8Array, onProgress?: () => void): Promise<number>;
  /** Ends the sending half. */
  closeWrite(): Promise<void>;
  /** Ends both halves, and every read and write that is under way. */
  close(): void;
}
