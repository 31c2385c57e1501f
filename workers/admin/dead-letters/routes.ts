import { createApi } from "../../edge/api.ts";
import { requireIdentity } from "../../edge/authenticate.ts";
import { decodeCursor, pageOf } from "../../shared/cursor.ts";
import { explainLetter } from "../../shared/explanations.ts";
import { toInstant } from "../../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../../shared/limits.ts";
import {
  countOpenLetters,
  type DeadLetter,
  discardDeadLetter,
  readDeadLetter,
  readDeadLetters,
  replayDeadLetter,
  replayDeadLetters,
} from "./dead-letters.ts";
import {
  listRoute,
  readRoute,
  replayRoute,
  discardRoute,
  replayAllRoute,
  type WireDeadLetter,
  type WireDeadLetterSummary,
} from "./contract.ts";

export const deadLetterRoutes = createApi();

deadLetterRoutes.openapi(listRoute, async (c) => {
  const { cursor, ...filter } = c.req.valid("query");
  const [rows, open] = await Promise.all([
    readDeadLetters(c.env, filter, decodeCursor(cursor), ADMIN_PAGE_SIZE + 1),
    countOpenLetters(c.env),
  ]);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ createdAt, id }) => ({ at: createdAt, id }));
  return c.json({ deadLetters: page.map(toWireSummary), open, ...next }, 200);
});

deadLetterRoutes.openapi(readRoute, async (c) =>
  c.json(toWireLetter(await readDeadLetter(c.env, c.req.valid("param").id)), 200),
);

deadLetterRoutes.openapi(replayRoute, async (c) => {
  const { userId } = requireIdentity(c);
  return c.json(
    toWireLetter(await replayDeadLetter(c.env, userId, c.req.valid("param").id, Date.now())),
    200,
  );
});

deadLetterRoutes.openapi(discardRoute, async (c) => {
  const { userId } = requireIdentity(c);
  const { reason } = c.req.valid("json");
  const letter = await discardDeadLetter(c.env, userId, c.req.valid("param").id, reason, Date.now());
  return c.json(toWireLetter(letter), 200);
});

deadLetterRoutes.openapi(replayAllRoute, async (c) => {
  const now = Date.now();
  // Without a body there is nothing valid to read.
  const given = (c.req.valid("json") as { before?: string } | undefined)?.before;
  const before = given === undefined ? now : Date.parse(given);
  const result = await replayDeadLetters(c.env, requireIdentity(c).userId, before, now);
  return c.json({ ...result, before: toInstant(before) }, 200);
});

function toWireSummary(letter: DeadLetter): WireDeadLetterSummary {
  const { id, state, queue, reason, attempts, createdAt, failedAt, replayedAt } = letter;
  const { spikeId, orderId, version, note } = letter;
  return {
    ...{ id, state, queue, reason, explanation: explainLetter(reason), attempts },
    ...{ createdAt: toInstant(createdAt), failedAt: toInstant(failedAt) },
    ...(replayedAt !== null && { replayedAt: toInstant(replayedAt) }),
    ...(spikeId !== null && { spikeId }),
    ...(orderId !== null && { orderId }),
    ...(version !== null && { version }),
    ...(note !== null && { note }),
  };
}

function toWireLetter(letter: DeadLetter): WireDeadLetter {
  return { ...toWireSummary(letter), body: letter.body };
}
