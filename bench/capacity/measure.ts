import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cpuSecondsOf, eachAtOnce, openSale, untilIdle } from "../gather/gather.ts";
import { Admin, withoutFilters } from "../load/admin.ts";
import { type Answer, LoadClient } from "../load/http-client.ts";
import { type OwnServer, startOwnServer } from "../load/own-server.ts";
import { mintPeople, type Person } from "../load/people.ts";
import { reservationAnswer, tokenAnswer } from "../load/wire.ts";
import { describeMachine } from "../report/machine.ts";
import { measureLedger } from "./measure-ledger.ts";
import type { CpuMs } from "./topology.ts";

/** What `service-times.json` holds. */
export interface ServiceTimes {
  measuredOn: string;
  cpuMs: CpuMs;
  /** Of a busy server's processor time, what its one thread spends; the rest is its helpers'. */
  threadShare: number;
}

const FILE = join(import.meta.dirname, "service-times.json");
const SEED = 1;
const CONNECTIONS = 256;
/** Shoppers of each step: enough for the system's clock of processor time, which ticks in hundredths of a second. */
const CROWD = 6_000;
/** Steps done one by one take longer and need fewer. */
const ALONE = 1_500;

export async function readServiceTimes(): Promise<ServiceTimes> {
  return JSON.parse(await readFile(FILE, "utf8")) as ServiceTimes;
}

/** Measures this machine's service times on a server of our own, and keeps them for later plans. */
export async function measureServiceTimes(say: (line: string) => void): Promise<ServiceTimes> {
  say("measuring the ledger alone");
  const ledger = await measureLedger();
  const server = await startOwnServer();
  const client = new LoadClient(server.target.url, CONNECTIONS);
  try {
    const { cpuMs, threadShare } = await measureSteps(server, client, ledger, say);
    const { cpu, system, node } = describeMachine();
    const times = { measuredOn: `${cpu}, ${system}, Node ${node}, one workerd process`, cpuMs, threadShare };
    await writeFile(FILE, `${JSON.stringify(times, null, 2)}\n`);
    return times;
  } finally {
    await client.close();
    await server.stop();
  }
}

type LedgerMs = Pick<CpuMs, "ledgerBatch" | "ledgerReservation">;

async function measureSteps(
  server: OwnServer,
  client: LoadClient,
  ledger: LedgerMs,
  say: (line: string) => void,
): Promise<Omit<ServiceTimes, "measuredOn">> {
  const admin = new Admin(client, server.target.admin);
  await admin.saveSettings(withoutFilters(await admin.settings()));
  const crowd = { count: CROWD, seed: SEED, jwtKeys: server.secrets.JWT_KEYS, sendAddresses: true };
  const people = await mintPeople(crowd, Date.now(), () => undefined);
  const shop = new Shop(server, client);
  const open = await openSale(admin, CROWD);
  const soldOut = await openSale(admin, 1);

  say("tokens");
  const tokens = await shop.tokens(open, people);
  const token = await shop.cost(people, CONNECTIONS, (person) => shop.askForToken(open, person));
  say("wins");
  const orders = new Map<Person, string>();
  const win = await shop.cost(people, CONNECTIONS, async (person) => {
    const answer = await shop.buy(open, person, tokens, "first");
    orders.set(person, reservationAnswer.parse(answer.body).orderId);
  });
  say("repeated purchases, together and one by one");
  const again = (person: Person) => shop.buy(open, person, tokens, "second").then(expectStatus(409));
  const together = await shop.cost(people, CONNECTIONS, again);
  const alone = await shop.cost(people.slice(0, ALONE), 1, again);
  say("orders read and paid");
  const orderPath = (person: Person) => `/api/orders/${orders.get(person) ?? ""}`;
  const poll = await shop.cost(people, CONNECTIONS, (person) =>
    shop.send("GET", orderPath(person), person).then(expectStatus(200)),
  );
  const payment = await shop.cost(people, CONNECTIONS, (person) =>
    shop.send("POST", `${orderPath(person)}/payment`, person).then(expectStatus(200)),
  );
  say("refusals");
  const [winner] = people as [Person];
  const lateTokens = await shop.tokens(soldOut, people.slice(0, 2));
  await shop.buy(soldOut, winner, lateTokens, "only");
  const second = people.slice(1, 2)[0] as Person;
  const doorRefusal = await shop.cost(people, CONNECTIONS, (person) =>
    shop.send("POST", `/api/spikes/${soldOut}/token`, person).then(expectStatus(409)),
  );
  const funnelRefusal = await shop.cost(people, CONNECTIONS, () =>
    shop.buy(soldOut, second, lateTokens, "late").then(expectStatus(409)),
  );
  const steps = { token, win, together, alone, poll, payment, doorRefusal, funnelRefusal };
  return { cpuMs: split(steps, ledger), threadShare: Number(shop.threadShare.toFixed(3)) };
}

interface Steps {
  token: number;
  win: number;
  /** A purchase beyond the user's limit, which passes everything and writes nothing: with many others, and alone. */
  together: number;
  alone: number;
  poll: number;
  payment: number;
  doorRefusal: number;
  funnelRefusal: number;
}

/** Recording costs a tenth of a message's and a statement's own share when orders come by the hundred. */
const RECORD_MESSAGE_MS = 0.1;
const RECORD_STATEMENT_MS = 0.3;
/** A payment is two steps, each a row of a transaction that many share, and is recorded like a win. */
const PAYMENT_STEPS = 2;

/**
 * Takes the measured sums apart: gates and ledger share their calls among many when purchases come
 * together, and take one call each, to the gate and on to the ledger, when they come alone.
 */
function split(steps: Steps, ledger: LedgerMs): CpuMs {
  const recordOrder = Math.max(0, steps.win - steps.together - ledger.ledgerReservation);
  const calls = Math.max(0, steps.alone - steps.together);
  const rounded = {
    doorRefusal: steps.doorRefusal,
    funnelRefusal: steps.funnelRefusal,
    token: steps.token,
    purchase: steps.together,
    gateCall: calls / 2,
    gatePurchase: 0,
    ...ledger,
    recordMessage: RECORD_MESSAGE_MS,
    recordStatement: RECORD_STATEMENT_MS,
    recordOrder,
    poll: steps.poll,
    payment: Math.max(0, steps.payment - PAYMENT_STEPS * ledger.ledgerReservation - recordOrder),
  };
  return Object.fromEntries(
    Object.entries(rounded).map(([name, ms]) => [name, Number(ms.toFixed(4))]),
  ) as unknown as CpuMs;
}

const expectStatus =
  (status: number) =>
  (answer: Answer): void => {
    if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status} ${answer.code}`);
  };

/** Shoppers' requests, and what they cost the server. */
class Shop {
  /** The least of wall-clock time per processor time that was seen while the server had all it could do. */
  threadShare = 1;
  readonly #server: OwnServer;
  readonly #client: LoadClient;

  constructor(server: OwnServer, client: LoadClient) {
    this.#server = server;
    this.#client = client;
  }

  /** Processor time of the server per person, in milliseconds, everything it does afterwards included. */
  async cost(people: Person[], width: number, work: (person: Person) => Promise<unknown>): Promise<number> {
    await untilIdle(this.#server);
    const before = cpuSecondsOf(this.#server);
    const startedAt = performance.now();
    await eachAtOnce(people, width, async (person) => {
      await work(person);
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    this.threadShare = Math.min(this.threadShare, seconds / (cpuSecondsOf(this.#server) - before));
    await untilIdle(this.#server);
    return ((cpuSecondsOf(this.#server) - before) * 1_000) / people.length;
  }

  send(method: "GET" | "POST", path: string, { accessToken, address }: Person): Promise<Answer> {
    return this.#client.send({ method, path, accessToken, address, ...(method === "POST" && { body: {} }) });
  }

  async askForToken(spikeId: string, person: Person): Promise<string> {
    const answer = await this.send("POST", `/api/spikes/${spikeId}/token`, person);
    return tokenAnswer.parse(answer.body).token;
  }

  async tokens(spikeId: string, people: Person[]): Promise<Map<Person, string>> {
    const tokens = new Map<Person, string>();
    await eachAtOnce(people, CONNECTIONS, async (person) => {
      tokens.set(person, await this.askForToken(spikeId, person));
    });
    return tokens;
  }

  buy(spikeId: string, person: Person, tokens: Map<Person, string>, key: string): Promise<Answer> {
    const token = encodeURIComponent(tokens.get(person) ?? "");
    const { accessToken, address } = person;
    const path = `/api/spikes/${spikeId}/purchases/${token}`;
    return this.#client.send({ method: "POST", path, accessToken, address, idempotencyKey: key, body: {} });
  }
}
