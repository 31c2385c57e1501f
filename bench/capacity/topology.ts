import { TILL_CONNECTIONS } from "../load/sale.ts";
import { ManyCores, OneThread, type Processor } from "./simulation/processor.ts";

/** Processor time of each step, in milliseconds, measured on this project's code (`npm run capacity -- --measure`). */
export interface CpuMs {
  /** A refusal from memory, before anything is routed. */
  doorRefusal: number;
  /** A refusal by one of the funnel's filters. */
  funnelRefusal: number;
  /** A purchase token, given out. */
  token: number;
  /** A purchase in its isolate: funnel and answer, without gate and ledger. */
  purchase: number;
  /** One call to an object: to a gate, with each purchase in it, and each further call that a ledger takes in one transaction. */
  gateCall: number;
  gatePurchase: number;
  /** One transaction of the ledger, and each reservation in it. */
  ledgerBatch: number;
  ledgerReservation: number;
  /** One message of order events, one bulk statement in the database, and each order in it. */
  recordMessage: number;
  recordStatement: number;
  recordOrder: number;
  /** A winner looks for the order; pays it. */
  poll: number;
  payment: number;
}

/** Where the parts of the system run, and how far apart they are. */
export interface Topology {
  regions: number;
  /** Isolates of one region that share a sale's purchases. */
  isolatesPerRegion: number;
  /** Requests that are in the server at once in one region; the others wait outside. */
  connectionsPerRegion: number;
  /** The same of those who look for their orders or pay. */
  tillConnections: number;
  cpuMs: CpuMs;
  /**
   * Shortest time a Durable Object is busy with a call, and with a transaction, whatever it computes. Of calls that
   * share a transaction the first is busy for the second time, each further one for the first.
   */
  objectCallMs: number;
  objectWriteMs: number;
  /** One way. */
  clientMs: number;
  toGateMs: (region: number, gate: number) => number;
  toLedgerMs: (gate: number, stripe: number) => number;
  /** From a transaction until its answer may leave the object. */
  commitMs: number;
  /** From the outbox until a consumer may take a message. */
  queueMs: number;
  /** Shortest time between two messages of a queue. */
  messageGapMs: number;
  consumerBatchMessages: number;
  consumerWaitMs: number;
  front: Processor[];
  gates: Processor[];
  ledgers: Processor[];
  database: Processor;
}

export interface TopologySize {
  regions: number;
  isolatesPerRegion: number;
  gates: number;
  stripes: number;
}

/** Cloudflare, Durable Objects limits: 500 to 1,000 simple requests a second for one object; the lower end. */
export const OBJECT_CALLS_PER_SECOND = 500;
/** The same page: 200 to 500 a second when each writes; the lower end. */
export const OBJECT_WRITES_PER_SECOND = 200;
/** Cloudflare, Queues limits: messages a second of one queue. */
export const QUEUE_MESSAGES_PER_SECOND = 5_000;
/** Assumed: a shopper's way to the nearest location, one way. */
const CLIENT_MS = 25;
/** Assumed: between two objects in one region, and between two regions, one way. */
const NEAR_MS = 5;
const FAR_MS = 60;
/** Assumed: until a transaction is on disk in enough places for its answer to leave the object. */
const COMMIT_MS = 10;
/** Assumed: a message's way through the queue. */
const QUEUE_MS = 50;
/** D1 runs one statement after the other; assumed overhead of a write statement, replication included. */
const DATABASE_STATEMENT_MS = 5;
/** wrangler.toml: `max_batch_size`, `max_batch_timeout`. */
const CONSUMER_BATCH_MESSAGES = 100;
const CONSUMER_WAIT_MS = 1_000;

const MS_PER_SECOND = 1_000;

const many = (count: number, make: () => Processor): Processor[] => Array.from({ length: count }, make);

/**
 * Cloudflare's network: isolates as many as it takes, each object on a core of its own. Gates lie in the
 * regions in turn, as do the stripes of a ledger.
 */
export function edge(size: TopologySize, cpuMs: CpuMs): Topology {
  const distance = (a: number, b: number) => (a % size.regions === b % size.regions ? NEAR_MS : FAR_MS);
  return {
    ...size,
    connectionsPerRegion: Number.POSITIVE_INFINITY,
    tillConnections: Number.POSITIVE_INFINITY,
    cpuMs: { ...cpuMs, recordStatement: Math.max(cpuMs.recordStatement, DATABASE_STATEMENT_MS) },
    objectCallMs: MS_PER_SECOND / OBJECT_CALLS_PER_SECOND,
    objectWriteMs: MS_PER_SECOND / OBJECT_WRITES_PER_SECOND,
    clientMs: CLIENT_MS,
    toGateMs: distance,
    toLedgerMs: distance,
    commitMs: COMMIT_MS,
    queueMs: QUEUE_MS,
    messageGapMs: MS_PER_SECOND / QUEUE_MESSAGES_PER_SECOND,
    consumerBatchMessages: CONSUMER_BATCH_MESSAGES,
    consumerWaitMs: CONSUMER_WAIT_MS,
    front: many(size.regions, () => new ManyCores(size.isolatesPerRegion)),
    gates: many(size.gates, () => new OneThread()),
    ledgers: many(size.stripes, () => new OneThread()),
    database: new OneThread(),
  };
}

/**
 * `npm run serve`: everything on one thread of one process, and a load generator with so many connections.
 * @param threadShare of the processor time that the thread itself spends; compilers and garbage collectors
 *   help on other cores.
 */
export function oneProcess(
  size: Pick<TopologySize, "gates" | "stripes">,
  cpuMs: CpuMs,
  threadShare: number,
  connections: number,
): Topology {
  const core = new OneThread(threadShare);
  return {
    regions: 1,
    isolatesPerRegion: 1,
    connectionsPerRegion: connections,
    tillConnections: TILL_CONNECTIONS,
    cpuMs,
    objectCallMs: 0,
    objectWriteMs: 0,
    clientMs: 0,
    toGateMs: () => 0,
    toLedgerMs: () => 0,
    commitMs: 0,
    queueMs: 0,
    messageGapMs: 0,
    consumerBatchMessages: CONSUMER_BATCH_MESSAGES,
    consumerWaitMs: CONSUMER_WAIT_MS,
    front: [core],
    gates: many(size.gates, () => core),
    ledgers: many(size.stripes, () => core),
    database: core,
  };
}
