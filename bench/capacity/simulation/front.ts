import { Ceiling } from "./ceiling.ts";
import { arrivedShare, type Slots } from "./crowd.ts";
import { Gates } from "./gates.ts";
import { Isolates } from "./isolates.ts";
import { type Ledgers, share } from "./ledgers.ts";
import type { Processor } from "./processor.ts";
import { type Call, headcount, type Party, PartyLine, type Scene } from "./scene.ts";
import type { Stop } from "./tally.ts";

/** Clients add up to this share to what they are asked to wait. */
const WAIT_JITTER = 0.2;
/** `Retry-After` of a shed request: one or two whole seconds, with the clients' share. Milliseconds. */
const SHED_RETRY_MIN_MS = 1_000;
const SHED_RETRY_MAX_MS = 2_000 * (1 + WAIT_JITTER);
/** Somebody who is only ever told to come again leaves after this long, in milliseconds. */
const PATIENCE_MS = 60_000;
/** How old an isolate's knowledge of the stock may be, in milliseconds. */
const STOCK_AGE_MAX_MS = 1_000;

/** Where those go who are to come again: for a token, or with theirs. */
export interface Retries {
  asking: Slots;
  buying: Slots;
}

/** The Workers: funnel, and gathering towards the gates. */
export class Front {
  readonly #scene: Scene;
  readonly #ledgers: Ledgers;
  readonly gates: Gates;
  readonly #retries: Retries[];
  /** Waiting for a connection, by region: for a token and right after it for the purchase, or for the purchase alone. */
  readonly #outside: PartyLine[];
  readonly #connected: number[];
  /** Admitted purchases without an answer, by region. */
  readonly #underWay: number[];
  /** By region and gate. */
  readonly #lines: PartyLine[][];
  readonly #isolates: Isolates<Party[]>[];
  readonly #ceiling: Ceiling;

  /** @param retries by region: where those go who are to come again. */
  constructor(scene: Scene, ledgers: Ledgers, retries: Retries[]) {
    this.#scene = scene;
    this.#ledgers = ledgers;
    this.#retries = retries;
    const { regions, isolatesPerRegion } = scene.topology;
    this.gates = new Gates(scene, ledgers, (call) => this.#returns(call));
    this.#outside = Array.from({ length: regions }, () => new PartyLine());
    this.#connected = Array<number>(regions).fill(0);
    this.#underWay = Array<number>(regions).fill(0);
    this.#lines = this.#outside.map(() =>
      Array.from({ length: scene.forecast.gates }, () => new PartyLine()),
    );
    this.#isolates = this.#lines.map(
      (lines, region) =>
        new Isolates({
          ...{ clock: scene.clock, count: isolatesPerRegion, lines },
          send: (parties, gate, returned) => this.#send(region, gate, parties, returned),
        }),
    );
    this.#ceiling = new Ceiling(scene.forecast.fleetRequestsPerSecond, scene.clock.now);
  }

  /** Shoppers ask for their purchase tokens, or come again with them. */
  come(region: number, shoppers: number, hasTokens: boolean): void {
    if (shoppers === 0) return;
    this.#outside[region]?.add({ shoppers, region, since: this.#scene.clock.now, hasTokens });
    this.#admit(region);
  }

  #admit(region: number): void {
    const room = this.#scene.topology.connectionsPerRegion - (this.#connected[region] as number);
    for (const party of this.#outside[region]?.take(room) ?? []) {
      this.#connected[region] = (this.#connected[region] as number) + party.shoppers;
      if (party.hasTokens) this.#purchase(party);
      else this.#giveTokens(party);
    }
  }

  #giveTokens(party: Party): void {
    const { clock, topology, tally } = this.#scene;
    const { doorRefusal, funnelRefusal, token } = topology.cpuMs;
    tally.tokens += party.shoppers;
    tally.request(clock.now, party.shoppers);
    if (clock.now < 0) {
      this.#refuse(party, "phase", doorRefusal, party.shoppers);
      return;
    }
    let left = party.shoppers;
    left -= this.#refuse(party, "sold_out, from memory", doorRefusal, this.#toldSoldOut(left));
    left -= this.#refuse(party, "fleet_ceiling", funnelRefusal, this.#beyondCeiling(left, false));
    if (left === 0) return;
    const purchasing = { ...party, shoppers: left, hasTokens: true };
    const done = this.#work(party.region, left * token);
    clock.at(done + 2 * topology.clientMs, () => this.#purchase(purchasing));
  }

  #purchase(party: Party): void {
    const { clock, tally, topology, forecast } = this.#scene;
    const { funnelRefusal, purchase } = topology.cpuMs;
    const { region } = party;
    tally.purchases += party.shoppers;
    tally.request(clock.now, party.shoppers);
    let left = party.shoppers;
    left -= this.#refuse(party, "fleet_ceiling", funnelRefusal, this.#beyondCeiling(left, true));
    left -= this.#refuse(party, "overload", funnelRefusal, left - this.#places(region, left));
    left -= this.#refuse(party, "sold_out, from memory", funnelRefusal, this.#toldSoldOut(left));
    if (left === 0) return;
    this.#underWay[region] = (this.#underWay[region] as number) + left;
    clock.at(this.#work(region, left * purchase), () => {
      for (let gate = 0; gate < forecast.gates; gate++) {
        const start = (gate + tally.purchases) % forecast.gates;
        const shoppers = share(left, forecast.gates, start);
        if (shoppers > 0) this.#lines[region]?.[gate]?.add({ ...party, shoppers });
        this.#isolates[region]?.call(gate);
      }
    });
  }

  #send(region: number, gate: number, parties: Party[], returned: () => void): void {
    const { clock, topology } = this.#scene;
    const call: Call = { region, gate, parties, unanswered: headcount(parties), won: 0, returned };
    clock.at(clock.now + topology.toGateMs(region, gate), () => this.gates.arrive(call));
  }

  /** A gate has decided all purchases of a call. */
  #returns(call: Call): void {
    const { clock, topology, tally } = this.#scene;
    const { region, gate, parties, returned } = call;
    clock.at(clock.now + topology.toGateMs(region, gate), () => {
      const shoppers = headcount(parties);
      this.#underWay[region] = (this.#underWay[region] as number) - shoppers;
      let winners = call.won;
      for (const party of parties) {
        const won = Math.min(winners, party.shoppers);
        winners -= won;
        if (won > 0) tally.winLatency.add(clock.now + topology.clientMs - party.since, won);
      }
      this.#leave(region, shoppers);
      returned();
    });
  }

  /** Refuses part of a party. Returns how many. */
  #refuse(party: Party, stop: Stop, cpuMs: number, shoppers: number): number {
    if (shoppers <= 0) return 0;
    const { clock, tally } = this.#scene;
    tally.stopped[stop] += shoppers;
    const done = this.#work(party.region, shoppers * cpuMs);
    clock.at(done, () => {
      const { asking, buying } = this.#retries[party.region] as Retries;
      if (stop === "phase") this.#sendBackToStart(asking, shoppers);
      else if (stop !== "sold_out, from memory") {
        const staying = shoppers - this.#outOfPatience(done, shoppers);
        // A token is good for two minutes, which is more than anybody waits.
        (party.hasTokens ? buying : asking).spread(
          done + SHED_RETRY_MIN_MS,
          done + SHED_RETRY_MAX_MS,
          staying,
        );
      }
      this.#leave(party.region, shoppers);
    });
    return shoppers;
  }

  /** Of these, how many came so long ago that they leave: as many as in the whole crowd. */
  #outOfPatience(at: number, shoppers: number): number {
    const { arrival, windowMs } = this.#scene.forecast;
    const come = arrivedShare(arrival, windowMs, at);
    const leaving = Math.round(shoppers * (arrivedShare(arrival, windowMs, at - PATIENCE_MS) / come));
    this.#scene.tally.gaveUp += leaving;
    return leaving;
  }

  /** Who came before the start is told the whole seconds to wait, and comes up to a fifth of them later. */
  #sendBackToStart(retries: Slots, shoppers: number): void {
    const { now } = this.#scene.clock;
    const waitMs = Math.max(1, Math.ceil(-now / 1_000)) * 1_000;
    retries.spread(now + waitMs, now + waitMs * (1 + WAIT_JITTER), shoppers);
  }

  #leave(region: number, shoppers: number): void {
    this.#connected[region] = (this.#connected[region] as number) - shoppers;
    this.#admit(region);
  }

  #work(region: number, ms: number): number {
    const { clock, topology } = this.#scene;
    return (topology.front[region] as Processor).work(clock.now, ms);
  }

  /** Of these, how many ask an isolate that knows that nothing is left. */
  #toldSoldOut(shoppers: number): number {
    const { clock, topology, tally } = this.#scene;
    if (tally.soldOutMs === null || this.#ledgers.available > 0) return 0;
    if (topology.isolatesPerRegion === 1) return shoppers;
    const share = Math.min(1, (clock.now - tally.soldOutMs) / STOCK_AGE_MAX_MS);
    return Math.ceil(shoppers * share);
  }

  /** Of these, how many the fleet's ceiling does not let in. */
  #beyondCeiling(shoppers: number, areBuying: boolean): number {
    return shoppers - this.#ceiling.admit(shoppers, areBuying, this.#scene.clock.now);
  }

  /** Of these, how many find a place in their isolates' overload buckets. */
  #places(region: number, shoppers: number): number {
    const { forecast, topology } = this.#scene;
    if (forecast.overloadFactor === 0 || this.#ledgers.available === 0) return shoppers;
    const places = topology.isolatesPerRegion * this.#ledgers.available * forecast.overloadFactor;
    return Math.max(0, Math.min(shoppers, places - (this.#underWay[region] as number)));
  }
}
