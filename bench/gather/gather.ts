import { performance } from "node:perf_hooks";
import { Admin, withoutFilters } from "../load/admin.ts";
import { pause } from "../load/doors.ts";
import { type Answer, LoadClient, type LoadRequest } from "../load/http-client.ts";
import { type OwnServer, startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { MAX_PER_USER, PRICE_MINOR } from "../load/sale.ts";
import { reservationAnswer, tokenAnswer } from "../load/wire.ts";
import type { GatherOptions } from "./options.ts";

/** One round: so many purchases, all of them won, as fast as the server answers. */
export interface Round {
  purchasesPerSecond: number;
  /** Of the server, everything it did in the round included. */
  cpuSecondsPer1000: number;
  /** Share of its one core that the generator was busy, 0 to 1. */
  generatorBusy: number;
}

export interface GatherResult {
  gathering: Round[];
  alone: Round[];
}

const SEED = 1;
/** Nothing expires during a round. */
const HOLD_SECONDS = 3_600;
const SALE_LENGTH_MS = 3_600_000;
/** A sale must start in the future when it is created, in milliseconds. */
const LEAD_MS = 1_000;
/** A server that uses less of its core than this has recorded everything and rests. */
const IDLE_SHARE = 0.05;
const IDLE_LOOK_MS = 500;

/**
 * Two servers, one with gathering and one without, measured in turn: what disturbs the machine for a
 * while disturbs both. One round of each beforehand warms up and does not count.
 */
export async function measureGathering(
  options: GatherOptions,
  onRound: (name: keyof GatherResult, round: Round) => void,
): Promise<GatherResult> {
  const gathering = await prepare("on", options);
  const alone = await prepare("off", options).catch(async (error: unknown) => {
    await gathering.close();
    throw error;
  });
  try {
    await gathering.round();
    await alone.round();
    const result: GatherResult = { gathering: [], alone: [] };
    for (let round = 0; round < options.rounds; round++) {
      // Who goes first changes with each round.
      const order = round % 2 === 0 ? (["gathering", "alone"] as const) : (["alone", "gathering"] as const);
      for (const name of order) {
        const measured = await (name === "gathering" ? gathering : alone).round();
        result[name].push(measured);
        onRound(name, measured);
      }
    }
    return result;
  } finally {
    await gathering.close();
    await alone.close();
  }
}

/** A server with every filter off, and a crowd for it. */
export async function prepare(gather: "on" | "off", options: GatherOptions) {
  const server = await startOwnServer({ GATHER: gather });
  const client = new LoadClient(server.target.url, options.connections);
  const admin = new Admin(client, server.target.admin);
  const close = async () => {
    await client.close();
    await server.stop();
  };
  try {
    await admin.saveSettings(withoutFilters(await admin.settings()));
    const crowd = {
      count: options.purchases,
      seed: SEED,
      jwtKeys: server.secrets.JWT_KEYS,
      sendAddresses: true,
    };
    const people = await mintPeople(crowd, Date.now(), () => {});
    return { admin, close, round: () => playRound(server, client, admin, people, options.connections) };
  } catch (error) {
    await close();
    throw error;
  }
}

async function playRound(
  server: OwnServer,
  client: LoadClient,
  admin: Admin,
  people: Person[],
  connections: number,
): Promise<Round> {
  const spikeId = await openSale(admin, people.length);
  const tokens = new Map<Person, string>();
  await eachAtOnce(people, connections, async (person) => {
    const answer = await post(client, person, { path: `/api/spikes/${spikeId}/token` });
    tokens.set(person, tokenAnswer.parse(answer.body).token);
  });
  await untilIdle(server);
  const cpuBefore = cpuSecondsOf(server);
  const idle = performance.eventLoopUtilization();
  const startedAt = performance.now();
  await eachAtOnce(people, connections, async (person) => {
    const token = encodeURIComponent(tokens.get(person) ?? "");
    const answer = await post(client, person, {
      path: `/api/spikes/${spikeId}/purchases/${token}`,
      idempotencyKey: person.userId,
      body: {},
    });
    reservationAnswer.parse(answer.body);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const generatorBusy = performance.eventLoopUtilization(idle).utilization;
  await untilIdle(server);
  const cpuSeconds = cpuSecondsOf(server) - cpuBefore;
  const { held } = await admin.ledger(spikeId);
  if (held !== people.length) throw new Error(`${people.length} purchases, but the ledger holds ${held}`);
  return {
    purchasesPerSecond: people.length / seconds,
    cpuSecondsPer1000: (cpuSeconds / people.length) * 1000,
    generatorBusy,
  };
}

export async function openSale(admin: Admin, stock: number): Promise<string> {
  const startsAt = Date.now() + LEAD_MS;
  const endsAt = startsAt + SALE_LENGTH_MS;
  const spikeId = await admin.createSale({
    title: "Gathering",
    stock,
    priceMinor: PRICE_MINOR,
    maxPerUser: MAX_PER_USER,
    holdSeconds: HOLD_SECONDS,
    startsAt,
    endsAt,
  });
  await pause(LEAD_MS);
  return spikeId;
}

async function post(
  client: LoadClient,
  { accessToken, address }: Person,
  request: Omit<LoadRequest, "method">,
): Promise<Answer> {
  const answer = await client.send({ ...request, method: "POST", accessToken, address });
  if (answer.status >= 300) throw new Error(`${request.path} answered ${answer.status} ${answer.code}`);
  return answer;
}

/** Does `work` for every person, `width` at a time. */
export async function eachAtOnce(
  people: Person[],
  width: number,
  work: (person: Person) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let person = people[next++]; person; person = people[next++]) await work(person);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** Waits until the server rests, so that what a round left to be recorded is not counted in the next. */
export async function untilIdle(server: OwnServer): Promise<void> {
  for (;;) {
    const before = cpuSecondsOf(server);
    await pause(IDLE_LOOK_MS);
    const share = (cpuSecondsOf(server) - before) / (IDLE_LOOK_MS / 1000);
    if (share < IDLE_SHARE) return;
  }
}

export function cpuSecondsOf(server: OwnServer): number {
  const cpuSeconds = server.target.usage()?.cpuSeconds ?? null;
  if (cpuSeconds === null) throw new Error("this system does not say how much processor time a process used");
  return cpuSeconds;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
