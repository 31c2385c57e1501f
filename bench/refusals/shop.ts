import type { Admin, SaleTerms } from "../load/admin.ts";
import { pause } from "../load/doors.ts";
import type { LoadClient } from "../load/http-client.ts";
import type { Person } from "../load/people.ts";
import { tokenAnswer } from "../load/wire.ts";

const TERMS = { title: "Refusals", stock: 1, priceMinor: 100, maxPerUser: 1, holdSeconds: 3_600 };

/** Acts that count as suspicious, each by itself: so far apart that they are not one, in milliseconds. */
const MISDEEDS = 4;
const MISDEED_PAUSE_MS = 120;

/** What operator and shoppers do to bring about what is to be measured. */
export class Shop {
  readonly #client: LoadClient;
  readonly #admin: Admin;

  constructor(client: LoadClient, admin: Admin) {
    this.#client = client;
    this.#admin = admin;
  }

  putUp(times: Pick<SaleTerms, "startsAt" | "endsAt">, terms: Partial<SaleTerms> = {}): Promise<string> {
    return this.#admin.createSale({ ...TERMS, ...times, ...terms });
  }

  pause(spikeId: string): Promise<void> {
    return this.#admin.pause(spikeId);
  }

  /** Gives one sale settings of its own. */
  limit(spikeId: string, settings: Record<string, number>): Promise<void> {
    return this.#admin.saveSettingsOf(spikeId, settings);
  }

  bar({ userId }: Person): Promise<void> {
    return this.#admin.bar(userId);
  }

  /** Where this person may purchase, for two minutes. */
  async purchasePath(spikeId: string, { accessToken }: Person): Promise<string> {
    const answer = await this.#client.send({
      ...{ method: "POST", path: `/api/spikes/${spikeId}/token`, accessToken },
    });
    return `/api/spikes/${spikeId}/purchases/${tokenAnswer.parse(answer.body).token}`;
  }

  /** Buys one unit; returns where. */
  async buy(spikeId: string, person: Person): Promise<string> {
    const path = await this.purchasePath(spikeId, person);
    await this.#client.send({ method: "POST", path, accessToken: person.accessToken });
    return path;
  }

  /** Makes up tokens, which are strikes. */
  async misbehave(spikeId: string, { accessToken }: Person): Promise<void> {
    for (let n = 0; n < MISDEEDS; n++) {
      const path = `/api/spikes/${spikeId}/purchases/forged${n}`;
      await this.#client.send({ method: "POST", path, accessToken });
      await pause(MISDEED_PAUSE_MS);
    }
  }
}
