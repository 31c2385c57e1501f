import { DurableObject } from "cloudflare:workers";
import { Answers } from "./answers.ts";
import { AppendLog } from "./append-log.ts";
import { COMMANDS } from "./commands/table.ts";
import { Connection } from "./connection.ts";
import { Engine } from "./engine/engine.ts";
import { GroupCommit } from "./group-commit.ts";
import type { EdgeRedisRpc, PipelineOptions } from "./messages.ts";
import { listen } from "./listener.ts";
import { toBytes } from "./resp/bytes.ts";
import { RequestParser } from "./resp/request-parser.ts";
import callbacks from "./scripting/callbacks.wasm";
import { Scripts } from "./scripting/scripts.ts";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";

const NO_ANSWER = new Uint8Array(0);

/** What this object needs to be told. */
interface EdgeRedisEnv {
  /** Asked for by AUTH on connections; without it everybody may come in. */
  REDIS_PASSWORD?: string;
}

/**
 * One node of the Redis: an engine in memory, and its log on disk. Nothing is answered before it is on disk.
 */
export class EdgeRedis extends DurableObject<EdgeRedisEnv> implements EdgeRedisRpc {
  readonly #engine: Engine;
  readonly #log: AppendLog;
  readonly #answers: Answers;
  readonly #commits: GroupCommit;

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
      (error) => ctx.abort(`the log could not be written: ${String(error)}`),
    );
  }

  /** Serves a connection until it is over. */
  async serve(readable: ReadableStream<Uint8Array>, writable: WritableStream<Uint8Array>): Promise<void> {
    await new Connection(this.#engine, () => this.#commits.commit(), readable, writable).serve();
  }

  async execute(commands: Uint8Array, options: PipelineOptions = {}): Promise<Uint8Array> {
    const { id, onlyIf } = options;
    const known = id === undefined ? null : this.#answers.find(id);
    const isDue = !known && (!onlyIf || equal(this.#answer(onlyIf.reads, options), onlyIf.replies));
    const answer = isDue ? this.#answer(commands, options) : (known ?? NO_ANSWER);
    // An answer to a pipeline that changed nothing need not be kept: doing it again does no harm.
    if (id !== undefined && this.#engine.hasLog && isDue)
      await this.#commits.commitWith(() => this.#answers.keep(id, answer, Date.now()));
    else await this.#commits.commit();
    return answer;
  }

  listen(commands: Uint8Array): ReadableStream<Uint8Array> {
    return listen(this.#engine, parseCommands(commands));
  }

  #answer(commands: Uint8Array, options: PipelineOptions): Uint8Array {
    const { version = 2, database = 0, mayWrite = true } = options;
    const client = this.#engine.connect({ canWait: false, isTrusted: true });
    client.mayWrite = mayWrite;
    client.reply.version = version;
    client.database = database;
    try {
      this.#engine.atOnce(() => {
        for (const command of parseCommands(commands)) this.#engine.execute(client, command);
      });
      this.#engine.blockedClients.serve();
      return toBytes(client.takeOutput());
    } finally {
      this.#engine.disconnect(client);
    }
  }
}

function parseCommands(bytes: Uint8Array): string[][] {
  const parser = new RequestParser();
  parser.push(bytes);
  const commands: string[][] = [];
  for (let command = parser.next(); command !== null; command = parser.next()) commands.push(command);
  return commands;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, index) => byte === b[index]);
