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

/** Of a call that can be repeated. */
export type NamedOptions = PipelineOptions & { id: string };

/** Of a client whose commands are passed on. */
export interface SessionOptions {
  /** Of the protocol of the replies. */
  version: 2 | 3;
  /** Whether commands may wait for their keys. */
  canWait: boolean;
  /** Fewer replies than commands are understood as the first of them: the others are to be passed on again. */
  takesParts?: true;
}

/** A command that a node passes on to another. Texts have one character per byte. */
export interface RelayedCommand {
  database: number;
  args: string[];
}

/** Its reply in RESP, or which node to ask instead. */
export type RelayedReply = string | { movedTo: number; args: string[] };

/** The reply of EXEC and the database the client is in afterwards, or which node to ask instead. */
export type RelayedTransaction = { reply: string; database: number } | { movedTo: number };

/** What one node executes for a client of another; it ends with who opened it. */
export interface RelaySessionRpc extends Disposable {
  /**
   * One after the other, each answered for itself, when everything is on disk. Commands whose replies would be too
   * much for one call are not executed, where this is understood.
   */
  execute(commands: readonly RelayedCommand[]): Promise<RelayedReply[]>;
  /** Executes all of them or, if a key that the session watches has changed, none. */
  transact(database: number, queued: readonly string[][]): Promise<RelayedTransaction>;
  /** Ends what waits, whoever holds the session. */
  cancel(): void | Promise<void>;
}

/** A piece of an answer that is kept for who asks again. */
export interface KeptAnswer extends Record<string, SqlStorageValue> {
  id: string;
  /** Of the piece, from 0. */
  number: number;
  /** When it was given, in epoch milliseconds. */
  at: number;
  piece: ArrayBuffer;
}

/** Keys that node `source` of a ring of `nodes` gives to the new one: those on an arc of the circle. */
export interface GiftMessage {
  nodes: number;
  source: number;
  /** The arc goes from here, */
  from: number;
  /** up to here, exclusively. */
  below: number;
  /** Larger than those before. */
  attempt: number;
  /** Pieces that were sent ahead. */
  parts: number;
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

/** What the nodes of a ring understand from each other. */
export interface PeerRpc {
  /**
   * `execute` for a pipeline whose keys are all here; else the node to ask instead, or null when they have
   * several.
   */
  executeOwn(
    commands: Uint8Array,
    options: PipelineOptions,
  ): Promise<Uint8Array | { movedTo: number | null }>;

  /**
   * Executes one command that concerns every node, once under its name however often it is repeated. Of node 0
   * alone: there is only one that knows what was answered.
   */
  executeForAll(command: Uint8Array, options: NamedOptions): Promise<Uint8Array>;

  /** What the pipeline of this name was answered; null when it is not known. */
  recall(id: string): Promise<Uint8Array | null>;

  /** What another node answered before it gave keys away. */
  learn(answers: readonly KeptAnswer[]): Promise<void>;

  /** What another node passes on; see RelaySessionRpc, which this is for one call. */
  relay(options: SessionOptions, commands: readonly RelayedCommand[]): Promise<RelayedReply[]>;

  relayTransaction(
    options: SessionOptions,
    database: number,
    queued: readonly string[][],
  ): Promise<RelayedTransaction>;

  openSession(options: SessionOptions): RelaySessionRpc | Promise<RelaySessionRpc>;

  /** The ring of `nodes` is about to grow by one. Like all below, this may be repeated. */
  beginGrowth(nodes: number): Promise<void>;

  /** Gives some more keys to the new node; returns up to where on the circle all are given. */
  give(nodes: number): Promise<number>;

  /** Puts keys aside, which are not given yet. */
  receive(gift: GiftMessage, piece: Uint8Array): Promise<void>;

  /** The keys that were put aside are given. */
  take(gift: GiftMessage): Promise<void>;

  /** The ring has `nodes` now. */
  endGrowth(nodes: number): Promise<void>;
}
