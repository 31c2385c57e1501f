import type { z } from "zod";
import { pause } from "./doors.ts";
import type { LoadClient } from "./http-client.ts";
import type { Person } from "./people.ts";
import { registeredAnswer, sessionAnswer, userAnswer } from "./wire.ts";

/** Real accounts are slow to make (scrypt) and their tokens do not live long: more would not be ready in time. */
export const REGISTERED_MAX = 500;
/** Registering is throttled: asked to wait for longer than this in all, we give up, in milliseconds. */
const PATIENCE_MS = 15 * 60_000;
const WAIT_DEFAULT_MS = 1_000;
const PASSWORD_SUFFIX = "a rehearsal is not a secret";

/**
 * Registers `count` shoppers, or logs in those that an earlier rehearsal with this seed registered.
 * For servers whose keys we do not have.
 */
export async function registerPeople(
  client: LoadClient,
  count: number,
  seed: number,
  onProgress: (done: number) => void,
): Promise<Person[]> {
  const people: Person[] = [];
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (people.length < count) {
    const username = `rehearsal-${seed}-${people.length}`;
    people.push(await enrol(client, { username, password: `${username} ${PASSWORD_SUFFIX}` }, giveUpAt));
    onProgress(people.length);
  }
  return people;
}

async function enrol(
  client: LoadClient,
  body: { username: string; password: string },
  giveUpAt: number,
): Promise<Person> {
  const registered = await post(client, "/api/users", body, registeredAnswer, giveUpAt);
  if (registered) {
    return { userId: registered.user.id, accessToken: registered.accessToken, address: undefined };
  }
  const session = await post(client, "/api/sessions", body, sessionAnswer, giveUpAt);
  if (!session) throw new Error(`the server neither registers nor knows the account ${body.username}`);
  const { accessToken } = session;
  const me = await client.send({ method: "GET", path: "/api/users/me", accessToken });
  return { userId: userAnswer.parse(me.body).id, accessToken, address: undefined };
}

/** The answer, or null when it is a no; waits as long as it is told to. */
async function post<S extends z.ZodType>(
  client: LoadClient,
  path: string,
  body: unknown,
  schema: S,
  giveUpAt: number,
): Promise<z.infer<S> | null> {
  for (;;) {
    const answer = await client.send({ method: "POST", path, body });
    if (answer.status < 300) return schema.parse(answer.body);
    const mustWait = answer.status === 429 || answer.status === 503;
    if (!mustWait || Date.now() > giveUpAt) return null;
    await pause(answer.retryAfterMs ?? WAIT_DEFAULT_MS);
  }
}
