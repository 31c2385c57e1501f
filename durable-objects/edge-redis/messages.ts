export interface PipelineOptions {
  /** The database the pipeline begins in; 0 unless told. */
  database?: number;
  /** Of the protocol of the replies; 2 unless told. */
  version?: 2 | 3;
}

/** What a node understands. */
export interface EdgeRedisRpc {
  /**
   * Executes commands in RESP, one after the other with nothing between them, and returns their replies in
   * RESP after everything is on disk. Nothing waits: blocking commands answer at once.
   */
  execute(commands: Uint8Array, options?: PipelineOptions): Promise<Uint8Array>;
}
