import shop from "../../../workers/index.ts";
import { ASK_PATH, type Asking } from "./asking.ts";

/*
 * The shop's own Worker, with one call more: it asks itself the same thing again and again, in the isolate's memory
 * and without HTTP. What is sent and received around an answer costs twenty times what the filters before it do,
 * so between two refusals from memory only this shows which is the dearer.
 */

export * from "../../../workers/index.ts";

/** A request's clock stands still until it waits for something: so often it goes on. */
const ANSWERS_PER_TICK = 200;

export default {
  ...shop,
  async fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== ASK_PATH) return await shop.fetch(request, env, ctx);
    const { method, url, headers, status, times, atOnce, isBare }: Asking = await request.json();
    const again = new Request<unknown, IncomingRequestCfProperties>(url, { method, headers });
    const ask = () => shop.fetch(again, env, ctx);
    // A limit lets the first one through, and memory may have to be filled.
    await (await ask()).text();
    const answering = isBare ? await bare(await ask()) : ask;
    if (atOnce > 1) await repeatAtOnce(answering, status, times, atOnce);
    else await repeat(answering, status, times);
    return new Response();
  },
} satisfies ExportedHandler<Env>;

/** The same status, headers and body, which are made once. */
async function bare(answer: Response): Promise<() => Response> {
  const init = { status: answer.status, headers: new Headers(answer.headers) };
  const body = await answer.text();
  return () => new Response(body, init);
}

async function repeat(ask: () => Response | Promise<Response>, status: number, times: number): Promise<void> {
  for (let n = 1; n <= times; n++) {
    const asked = ask();
    assertStatus(asked instanceof Promise ? await asked : asked, status);
    if (n % ANSWERS_PER_TICK === 0) await scheduler.wait(0);
  }
}

async function repeatAtOnce(
  ask: () => Response | Promise<Response>,
  status: number,
  times: number,
  atOnce: number,
): Promise<void> {
  for (let n = 0; n < times; n += atOnce) {
    const answers = await Promise.all(Array.from({ length: atOnce }, async () => await ask()));
    for (const answer of answers) assertStatus(answer, status);
  }
}

function assertStatus(answer: Response, status: number): void {
  if (answer.status !== status) throw new Error(`expected ${status}, got ${answer.status}`);
}
