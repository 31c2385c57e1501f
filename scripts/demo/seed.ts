import { randomBytes } from "node:crypto";
import { CommandError } from "../command.ts";
import type { Secrets } from "../secrets.ts";
import { type DemoSale, demoCatalogue } from "./catalogue.ts";

/** The fields of a sale in an answer that matter here. */
interface Sale {
  id: string;
  title: string;
  phase: string;
  remaining: number;
}

/**
 * Puts the demo catalogue up, over the same API as everyone. A sale that is there and still shows its phase
 * stays; one whose time has passed makes way for a new one, unless somebody holds an unpaid order in it.
 */
export async function seedDemo(url: string, secrets: Secrets): Promise<void> {
  const admin = new Client(url);
  await admin.signIn("/api/sessions", secrets.ADMIN_USERNAME, secrets.ADMIN_PASSWORD);
  const { spikes } = await admin.call<{ spikes: Sale[] }>("GET", "/api/admin/spikes");
  for (const demo of demoCatalogue(Date.now())) {
    const existing = spikes.find(({ title }) => title === demo.definition.title);
    if (existing?.phase === demo.shows || (existing && !(await removed(admin, existing)))) continue;
    await putUp(url, admin, demo);
  }
}

async function removed(admin: Client, { id }: Sale): Promise<boolean> {
  const { status } = await admin.send("DELETE", `/api/admin/spikes/${id}`);
  return status === 204;
}

async function putUp(url: string, admin: Client, { definition, shows }: DemoSale): Promise<void> {
  const { id } = await admin.call<Sale>("POST", "/api/admin/spikes", definition);
  if (shows === "sold_out") await buyOut(new Client(url), id, definition.stock);
}

/** Buys and pays the whole stock, as a new shopper. */
async function buyOut(shopper: Client, id: string, stock: number): Promise<void> {
  const password = randomBytes(18).toString("base64url");
  await shopper.signIn("/api/users", `demo-${randomBytes(4).toString("hex")}`, password);
  const { token } = await shopper.call<{ token: string }>("POST", `/api/spikes/${id}/token`);
  const { orderId } = await shopper.call<{ orderId: string }>(
    "POST",
    `/api/spikes/${id}/purchases/${token}`,
    { quantity: stock },
  );
  await shopper.call("POST", `/api/orders/${orderId}/payment`);
}

/** Speaks the API as one account. */
class Client {
  readonly #url: string;
  #accessToken: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Logs in (`/api/sessions`) or registers (`/api/users`). */
  async signIn(path: string, username: string, password: string): Promise<void> {
    const { accessToken } = await this.call<{ accessToken: string }>("POST", path, { username, password });
    this.#accessToken = accessToken;
  }

  send(method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(this.#accessToken && { authorization: `Bearer ${this.#accessToken}` }),
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** The JSON of an answer. @throws CommandError with the answer when it is a refusal. */
  async call<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.send(method, path, body);
    if (!response.ok) {
      throw new CommandError(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
    return (await response.json()) as Answer;
  }
}
