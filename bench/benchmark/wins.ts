import { type Floor, startFloor } from "../floor/floor.ts";
import { isBottleneck, fire, requestBytes } from "../load/volley.ts";
import { median } from "../gather/gather.ts";
import { missingServices, type Peer, startPeer } from "../peer/peer.ts";
import { CONNECTIONS, play, playShop, type Round } from "./round.ts";
import type { Verdict } from "../report/verdict.ts";
import type { ScenarioResult, Series } from "./scenarios.ts";
import { startShop } from "./shop.ts";

/** Goals, as the project states them. */
const CPU_PER_1000_MAX = 0.3;
const RECORDED_PER_SECOND_MIN = 3_000;
const LAG_MAX_SECONDS = 2;
const FLOOR_RATIO_MAX = 1.7;

/**
 * Orders recorded by every request being a distinct winner: ours, the usual stack where it can be reached,
 * and the floor that bare Workers make, in turn.
 */
export async function measureWins(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const purchases = quick ? 6_000 : 12_000;
  const rounds = quick ? 1 : 3;
  const missing = await missingServices();
  if (missing.length > 0) say(`THE PEER IS LEFT OUT: ${missing.join(", ")} cannot be reached`);
  await using stack = new AsyncDisposableStack();
  const shop = await startShop(purchases);
  stack.defer(() => shop.stop());
  const alone = await startShop(purchases, { recordsNothing: true });
  stack.defer(() => alone.stop());
  const floor = await startFloor();
  stack.defer(() => floor.stop());
  const peer = missing.length > 0 ? null : await startPeer();
  stack.defer(() => peer?.stop());
  const tokens = Array.from(
    { length: purchases },
    (_, shopper) => peer?.tokenFor(`shopper-${shopper}`) ?? "",
  );
  const measured: Measured = { ours: [], alone: [], peer: [], floor: [], memory: [] };
  for (let round = 0; round <= rounds; round++) {
    const ours = await playShop(shop, purchases);
    const theirs = peer && (await playPeer(peer, tokens));
    const request = await playShop(alone, purchases);
    const least = await floor.measure(purchases);
    const lines = [
      lineOf("ours", ours),
      ...(theirs ? [lineOf("peer", theirs)] : []),
      `the request alone ${request.cpuToAnswersPer1000.toFixed(3)}, its floor ${least.purchase.toFixed(3)} CPU s per 1,000`,
    ];
    say(`${round === 0 ? "warm-up" : `round ${round} of ${rounds}`}: ${lines.join("; ")}`);
    if (round === 0) continue;
    measured.ours.push(ours);
    measured.alone.push(request);
    measured.memory.push(shop.memory());
    measured.floor.push(least);
    if (theirs) measured.peer.push(theirs);
  }
  return resultOf(measured, missing, purchases);
}

/** Round by round. */
interface Measured {
  ours: Round[];
  /** Ours without what records: no queue, no consumer, no database. */
  alone: Round[];
  peer: Round[];
  floor: Floor[];
  /** Of our server, in MB. */
  memory: number[];
}

const lineOf = (name: string, round: Round): string =>
  `${name} ${round.winsPerSecond.toFixed(0)} wins/s, ${round.recordedPerSecond.toFixed(0)} recorded/s, ${round.cpuPer1000.toFixed(3)} CPU s per 1,000`;

/** One round of the peer, whose shoppers have these access tokens. */
async function playPeer(peer: Peer, tokens: readonly string[]): Promise<Round> {
  await peer.reset(tokens.length);
  const fireAll = (requests: readonly Buffer[]) => {
    let sent = 0;
    return fire({ url: peer.url, connections: CONNECTIONS, next: () => requests[sent++] });
  };
  // Our shop knows its shoppers' access tokens from fetching purchase tokens; theirs sees them beforehand as well.
  await fireAll(tokens.map((token) => requestBytes("GET", "/session", { authorization: `Bearer ${token}` })));
  const purchases = tokens.map((token, shopper) =>
    requestBytes("POST", "/purchases", {
      ...{ authorization: `Bearer ${token}`, "idempotency-key": `key-${shopper}` },
    }),
  );
  const buy = () => fireAll(purchases);
  return play(tokens.length, peer.cpuSeconds, buy, peer.recorded);
}

function resultOf(measured: Measured, missing: string[], purchases: number): ScenarioResult {
  const { ours, alone, peer, floor, memory } = measured;
  const series = (name: string, unit: string, rounds: number[]): Series => ({ name, unit, rounds });
  const of = (who: string, rounds: Round[]): Series[] => [
    series(
      `${who}: wins acknowledged`,
      "1/s",
      rounds.map((round) => round.winsPerSecond),
    ),
    series(
      `${who}: orders recorded`,
      "1/s",
      rounds.map((round) => round.recordedPerSecond),
    ),
    series(
      `${who}: CPU per 1,000 recorded`,
      "CPU s per 1,000",
      rounds.map((round) => round.cpuPer1000),
    ),
    series(
      `${who}: last order recorded after the last win`,
      "s",
      rounds.map((round) => round.lagSeconds),
    ),
  ];
  const generators = [...ours, ...peer].map(({ volley }) => volley.generator);
  return {
    name: "wins",
    title: "Every request a distinct winner",
    series: [
      ...of("ours", ours),
      series(
        "ours, the request alone: CPU per 1,000",
        "CPU s per 1,000",
        alone.map((round) => round.cpuToAnswersPer1000),
      ),
      series("ours: memory of the whole server after the round", "MB", memory),
      ...(peer.length > 0 ? of("peer", peer) : []),
      ...(["response", "token", "call", "rows", "purchase"] as const).map((part) =>
        series(
          `floor: ${part}`,
          "ms",
          floor.map((round) => round[part]),
        ),
      ),
    ],
    verdicts: verdictsOf(measured),
    remarks: [
      `${purchases} purchases a round over ${CONNECTIONS} connections; purchase tokens were fetched before. Ours are acknowledged when durable.`,
      "The request alone: its order is durable and leaves the ledger, which hears that it is recorded; there is no queue, consumer and database.",
      ...(peer.length > 0 ? ["The peer is Fastify, Redis, RabbitMQ and MySQL."] : []),
      ...(missing.length > 0 ? [`The peer was left out: ${missing.join(", ")} could not be reached.`] : []),
      ...(generators.some(isBottleneck)
        ? ["The load generator was the bottleneck in at least one round."]
        : []),
    ],
  };
}

function verdictsOf({ ours, alone, peer, floor }: Measured): Verdict[] {
  const middle = (rounds: Round[], pick: (round: Round) => number) => median(rounds.map(pick));
  const cpu = middle(ours, (round) => round.cpuPer1000);
  const recorded = middle(ours, (round) => round.recordedPerSecond);
  const lag = middle(ours, (round) => round.lagSeconds);
  const least = median(floor.map(({ purchase }) => purchase));
  const ratio = middle(alone, (round) => round.cpuToAnswersPer1000) / least;
  const verdicts = [
    {
      claim: `at most ${CPU_PER_1000_MAX} CPU s per 1,000 recorded`,
      found: cpu.toFixed(3),
      holds: cpu <= CPU_PER_1000_MAX,
    },
    {
      claim: `at least ${RECORDED_PER_SECOND_MIN} recorded/s`,
      found: recorded.toFixed(0),
      holds: recorded >= RECORDED_PER_SECOND_MIN,
    },
    {
      claim: `last order recorded within ${LAG_MAX_SECONDS} s of the last win`,
      found: `${lag.toFixed(2)} s`,
      holds: lag <= LAG_MAX_SECONDS,
    },
    {
      claim: `a purchase's request takes at most ${FLOOR_RATIO_MAX} times its floor`,
      found: `${ratio.toFixed(2)}, recording included ${(cpu / least).toFixed(2)}`,
      holds: ratio <= FLOOR_RATIO_MAX,
    },
  ];
  if (peer.length === 0) return verdicts;
  const theirs = middle(peer, (round) => round.recordedPerSecond);
  const theirCpu = middle(peer, (round) => round.cpuPer1000);
  return [
    ...verdicts,
    {
      claim: "more recorded/s than the peer",
      found: `${(recorded / theirs).toFixed(2)} times`,
      holds: recorded > theirs,
    },
    { claim: "less CPU than the peer", found: `${(cpu / theirCpu).toFixed(2)} times`, holds: cpu < theirCpu },
  ];
}
