export interface PipelineOptions {
  /** The database the pipeline begins in; 0 unless told. */
  database?: number;
  /** Of the protocol of the replies; 2 unless told. */
  version?: 2 | 3;
  /** False for clients that may only read; true unless told. */
  mayWrite?: boolean;
  /**
   * Names the call: one that is made again within a minute is answered as it was the first time, and nothing
   * happens twice. A call that may have happened can be repeated only with a name.
   */
  id?: string;
  /**
   * Executes nothing unless these commands, in RESP too, answer exactly so at this moment; the reply is empty
   * then. They must change nothing.
   */
  onlyIf?: { reads: Uint8Array; replies: Uint8Array };
}

/** What a node understands. */
export interface EdgeRedisRpc {
  /**
   * Executes commands in RESP, one after the other with nothing between them, and returns their replies in
   * RESP after everything is on disk. Nothing waits: blocking commands answer at once.
   */
  execute(commands: Uint8Array, options?: PipelineOptions): Promise<Uint8Array>;
  /**
   * Executes SUBSCRIBE and the like, in RESP, and returns their replies and then the messages in RESP2, until
   * the stream is cancelled.
   */
  listen(commands: Uint8Array): ReadableStream<Uint8Array>;
}
