import { DurableObject } from "cloudflare:workers";
import { Answers } from "./answers.ts";
import { AppendLog } from "./append-log.ts";
import { COMMANDS } from "./commands/table.ts";
import { Connection, refuseConnection } from "./connection.ts";
import type { Client } from "./engine/client.ts";
import { CLIENTS_MAX, Engine } from "./engine/engine.ts";
import { encodeCommand } from "./resp/encode-command.ts";
import { GroupCommit } from "./group-commit.ts";
import { listen } from "./listener.ts";
import type {
  EdgeRedisRpc,
  GiftMessage,
  KeptAnswer,
  NamedOptions,
  PeerRpc,
  PipelineOptions,
  RelayedCommand,
  RelayedReply,
  RelayedTransaction,
  SessionOptions,
} from "./messages.ts";
import { toBytes } from "./resp/bytes.ts";
import { joined } from "../../workers/shared/redis/encode.ts";
import { readNodeName } from "../../workers/shared/redis/ring.ts";
import { commandsIn } from "./resp/request-parser.ts";
import callbacks from "./scripting/callbacks.wasm";
import { Scripts } from "./scripting/scripts.ts";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { RingMember } from "./ring/member.ts";
import type { RelaySession } from "./ring/relay-session.ts";

const NO_ANSWER = new Uint8Array(0);

/** What this object needs to be told. */
interface EdgeRedisEnv {
  /** The nodes by their numbers, of which this object is one. */
  EDGE_REDIS: DurableObjectNamespace<EdgeRedis>;
  /** Asked for by AUTH on connections; without it everybody may come in. */
  REDIS_PASSWORD?: string;
  /** How many nodes there are to be; a ring only grows. One unless told. */
  EDGE_REDIS_NODES?: string;
}

/**
 * One node of the Redis: an engine in memory, and its log on disk. Nothing is answered before it is on disk.
 */
export class EdgeRedis extends DurableObject<EdgeRedisEnv> implements EdgeRedisRpc, PeerRpc {
  readonly #engine: Engine;
  readonly #log: AppendLog;
  readonly #answers: Answers;
  readonly #commits: GroupCommit;
  readonly #member: RingMember;

  constructor(ctx: DurableObjectState, env: EdgeRedisEnv) {
    super(ctx, env);
    this.#engine = new Engine(
      COMMANDS,
      new Scripts({ lua, callbacks }),
      () => Date.now(),
      env.REDIS_PASSWORD ?? null,
    );
    this.#log = new AppendLog(ctx.storage);
    this.#log.replay(this.#engine);
    this.#answers = new Answers(ctx.storage.sql);
    this.#commits = new GroupCommit(
      this.#engine,
      this.#log,
      () => ctx.storage.sync(),
      // What is in memory is not on disk: the object begins anew from there.
      (error) => ctx.abort(`what happened could not be written: ${String(error)}`),
    );
    const { ring, number } = readNodeName(ctx.id.name ?? "");
    this.#member = new RingMember({
      engine: this.#engine,
      answers: this.#answers,
      storage: ctx.storage,
      self: number,
      commits: this.#commits,
      peer: (node) => (node === number ? this : this.peer(`${ring}${node}`)),
    });
    if (number === 0) this.#member.growth.configure(env.EDGE_REDIS_NODES);
  }

  /** Another node of the ring. */
  protected peer(name: string): PeerRpc {
    return this.env.EDGE_REDIS.get(this.env.EDGE_REDIS.idFromName(name));
  }

  /** Serves a connection until it is over. */
  async serve(readable: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>): Promise<void> {
    if (this.#engine.clients.size >= CLIENTS_MAX) return refuseConnection(readable, writable);
    const dispatcherFor = (client: Client) => this.#member.dispatcherFor(client);
    const commit = () => this.#commits.commit();
    await new Connection(this.#engine, dispatcherFor, commit, readable, writable).serve();
  }

  async execute(commands: Uint8Array, options: PipelineOptions = {}): Promise<Uint8Array> {
    if (this.#member.isAlone) return this.#executeHere(commands, options);
    return this.#member.pipelines.execute(commands, options);
  }

  async executeOwn(
    commands: Uint8Array,
    options: PipelineOptions,
  ): Promise<Uint8Array | { movedTo: number | null }> {
    const reads = options.onlyIf ? commandsIn(options.onlyIf.reads) : [];
    const all = [...commandsIn(commands), ...reads];
    return await this.#member.whereOwned(all, () => this.#executeHere(commands, options));
  }

  executeForAll(command: Uint8Array, options: NamedOptions): Promise<Uint8Array> {
    return this.#member.pipelines.executeForAll(command, options);
  }

  async recall(id: string): Promise<Uint8Array | null> {
    return this.#answers.find(id);
  }

  async learn(answers: readonly KeptAnswer[]): Promise<void> {
    this.#answers.learn(answers);
    await this.ctx.storage.sync();
  }

  async #executeHere(commands: Uint8Array, options: PipelineOptions): Promise<Uint8Array> {
    const { id, onlyIf } = options;
    if (id !== undefined && !this.#member.isAlone && this.#answers.hasParts(id)) {
      return this.#executeInParts(commands, id, options);
    }
    const known = id === undefined ? null : this.#answers.find(id);
    const { published } = this.#engine.pubSub;
    const isDue =
      !known &&
      (!onlyIf || equal(this.#answer(onlyIf.reads, { ...options, mayWrite: false }), onlyIf.replies));
    const answer = isDue ? this.#answer(commands, options) : (known ?? NO_ANSWER);
    // An answer to a pipeline that changed nothing need not be kept: doing it again does no harm.
    if (id !== undefined && isDue && this.#hasDone(published))
      await this.#commits.commitWith(() => this.#answers.keep(id, answer, Date.now()));
    else await this.#commits.commit();
    return answer;
  }

  listen(commands: Uint8Array): ReadableStream<Uint8Array> {
    return listen(this.#engine, commandsIn(commands));
  }

  /** A repeated call of which some commands were executed when their keys had several nodes. */
  async #executeInParts(commands: Uint8Array, id: string, options: PipelineOptions): Promise<Uint8Array> {
    const writes: Promise<void>[] = [];
    const answers = commandsIn(commands).map((args, index) => {
      const part = `${id}/${index}`;
      const known = this.#answers.find(part);
      if (known) return known;
      const { published } = this.#engine.pubSub;
      const answer = this.#answer(toBytes(encodeCommand(args)), options);
      if (this.#hasDone(published))
        writes.push(this.#commits.commitWith(() => this.#answers.keep(part, answer, Date.now())));
      return answer;
    });
    await Promise.all([...writes, this.#commits.commit()]);
    return joined(answers);
  }

  /** Whether doing it again would do something twice. @param published how many messages had been before. */
  #hasDone(published: number): boolean {
    return this.#engine.hasLog || this.#engine.pubSub.published > published;
  }

  async relay(options: SessionOptions, commands: readonly RelayedCommand[]): Promise<RelayedReply[]> {
    return this.#inSession(options, (session) => session.execute(commands));
  }

  async relayTransaction(
    options: SessionOptions,
    database: number,
    queued: readonly string[][],
  ): Promise<RelayedTransaction> {
    return this.#inSession(options, (session) => session.transact(database, queued));
  }

  async #inSession<T>(options: SessionOptions, work: (session: RelaySession) => Promise<T>): Promise<T> {
    const session = this.openSession(options);
    try {
      return await work(session);
    } finally {
      session[Symbol.dispose]();
    }
  }

  openSession(options: SessionOptions): RelaySession {
    return this.#member.openSession(options);
  }

  beginGrowth(nodes: number): Promise<void> {
    return this.#member.beginGrowth(nodes);
  }

  give(nodes: number): Promise<number> {
    return this.#member.give(nodes);
  }

  receive(gift: GiftMessage, piece: Uint8Array): Promise<void> {
    return this.#member.receive(gift, piece);
  }

  take(gift: GiftMessage): Promise<void> {
    return this.#member.take(gift);
  }

  endGrowth(nodes: number): Promise<void> {
    return this.#member.endGrowth(nodes);
  }

  override alarm(): Promise<void> {
    return this.#member.growth.run();
  }

  #answer(commands: Uint8Array, options: PipelineOptions): Uint8Array {
    const { version = 2, database = 0, mayWrite = true } = options;
    const client = this.#engine.connect({ canWait: false, isTrusted: true });
    client.mayWrite = mayWrite;
    client.reply.version = version;
    client.database = database;
    try {
      this.#engine.atOnce(() => {
        for (const command of commandsIn(commands)) this.#engine.execute(client, command);
      });
      this.#engine.blockedClients.serve();
      return toBytes(client.takeOutput());
    } finally {
      this.#engine.disconnect(client);
    }
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
