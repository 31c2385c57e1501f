import { waitUntil } from "cloudflare:workers";
import { BoundedMap } from "../shared/bounded-map.ts";
import { Gatherer, type OnKnown } from "../shared/gather.ts";
import { CALL_PACE, Pace } from "../shared/pace.ts";
import { LEDGER_BATCH_MAX } from "../shared/limits.ts";
import { hasRoom } from "../shared/waiting.ts";

/** How long a request waits for the one that carries it, in milliseconds, before it goes by itself. */
const LEADER_SILENCE_MS = 3_000;

/** Objects one isolate gathers calls for: a few spikes are hot at a time, each with at most 64 gates. */
const OBJECTS_MAX = 1_000;

/**
 * One gatherer for each Durable Object that an isolate calls. Forgetting the least used loses
 * nothing: requests that wait hold on to their gatherer.
 */
export class GatheredCalls<Request, Reply> {
  readonly #name: string;
  readonly #pace = new Pace(CALL_PACE);
  readonly #gatherers = new BoundedMap<string, Gatherer<Request, Reply>>(OBJECTS_MAX);

  /** @param name for the logs. */
  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Calls `object` with this request and whatever else waits for it in this isolate.
   * @param send makes the call for a batch; must be safe to repeat and the same for all calls to `object`.
   * @param onKnown hears of the reply also when whoever submitted the request is gone.
   * @throws Refusal `overloaded` when too many wait.
   */
  submit(
    object: string,
    request: Request,
    send: (batch: Request[]) => Promise<Reply[]>,
    onKnown?: OnKnown<Reply>,
  ): Promise<Reply> {
    let gatherer = this.#gatherers.get(object);
    if (!gatherer) {
      gatherer = new Gatherer({
        name: this.#name,
        batchMax: LEDGER_BATCH_MAX,
        hasRoom: (own) => hasRoom(own, () => this.#waiting()),
        silenceMs: LEADER_SILENCE_MS,
        send,
        pace: this.#pace,
        breathe: (ms) => scheduler.wait(ms),
        waitUntil,
        now: Date.now,
      });
      this.#gatherers.set(object, gatherer);
    }
    return gatherer.submit(request, onKnown);
  }

  /** For whatever object. */
  #waiting(): number {
    let waiting = 0;
    for (const gatherer of this.#gatherers.values()) waiting += gatherer.waiting;
    return waiting;
  }
}
