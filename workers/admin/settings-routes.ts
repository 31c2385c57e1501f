import type { Context } from "hono";
import { createApi } from "../edge/api.ts";
import { requireIdentity } from "../edge/authenticate.ts";
import type { AppEnv } from "../edge/context.ts";
import { decodeCursor, pageOf } from "../shared/cursor.ts";
import { toInstant } from "../shared/instant.ts";
import { ADMIN_PAGE_SIZE } from "../shared/limits.ts";
import { parseSpikeSettings } from "../shared/settings.ts";
import { findSpike } from "../spike/catalogue.ts";
import {
  ALL_SALES,
  changeSettings,
  ofSpike,
  type PastSettings,
  readHistory,
  readSettings,
  revertSettings,
  type SettingsAuthor,
  type SettingsScope,
  type SettingsVersion,
  withChanges,
} from "./settings.ts";
import {
  readRoute,
  changeRoute,
  historyRoute,
  revertRoute,
  readSpikeRoute,
  changeSpikeRoute,
  spikeHistoryRoute,
  revertSpikeRoute,
} from "./settings-contract.ts";

export const settingsRoutes = createApi();

settingsRoutes.openapi(readRoute, async (c) => answer(c, await readSettings(c.env, ALL_SALES)));

settingsRoutes.openapi(changeRoute, async (c) => {
  const changes = c.req.valid("json");
  return answer(
    c,
    await changeSettings(c.env, authorOf(c), ALL_SALES, (before) => withChanges(before, changes)),
  );
});

settingsRoutes.openapi(historyRoute, async (c) =>
  c.json(await historyPage(c, ALL_SALES, c.req.valid("query").cursor), 200),
);

settingsRoutes.openapi(revertRoute, async (c) =>
  answer(c, await revertSettings(c.env, authorOf(c), ALL_SALES, c.req.valid("json").version)),
);

settingsRoutes.openapi(readSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  return answerOfSpike(c, await readSettings(c.env, ofSpike(id)));
});

settingsRoutes.openapi(changeSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  const changes = c.req.valid("json");
  const version = await changeSettings(c.env, authorOf(c), ofSpike(id), (before) => {
    const merged = Object.entries({ ...before, ...changes });
    return parseSpikeSettings(
      Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined)),
    );
  });
  return answerOfSpike(c, version);
});

settingsRoutes.openapi(spikeHistoryRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  return c.json(await historyPage(c, ofSpike(id), c.req.valid("query").cursor), 200);
});

settingsRoutes.openapi(revertSpikeRoute, async (c) => {
  const { id } = await findSpike(c.env, c.req.valid("param").id);
  const { version } = c.req.valid("json");
  return answerOfSpike(c, await revertSettings(c.env, authorOf(c), ofSpike(id), version));
});

function answer<Values extends object>(c: Context<AppEnv>, { version, values }: SettingsVersion<Values>) {
  c.header("ETag", tagOf(version));
  return c.json(values, 200);
}

async function answerOfSpike<Values extends object>(
  c: Context<AppEnv>,
  { version, values: own }: SettingsVersion<Values>,
) {
  const { values: all } = await readSettings(c.env, ALL_SALES);
  c.header("ETag", tagOf(version));
  return c.json({ own, effective: { ...all, ...own } }, 200);
}

async function historyPage<Values extends object>(
  c: Context<AppEnv>,
  scope: SettingsScope<Values>,
  cursor: string | undefined,
) {
  const before = decodeCursor(cursor)?.at ?? null;
  const rows = await readHistory(c.env, scope, before, ADMIN_PAGE_SIZE + 1);
  const { page, ...next } = pageOf(rows, ADMIN_PAGE_SIZE, ({ version }) => ({
    at: version,
    id: scope.scope,
  }));
  return { versions: page.map(toWireVersion), ...next };
}

function toWireVersion<Values>(past: PastSettings<Values>) {
  const { version, values, createdAt, createdBy, createdByName } = past;
  return {
    ...{ version, settings: values, createdAt: toInstant(createdAt), createdBy },
    ...(createdByName !== null && { createdByName }),
  };
}

function authorOf(c: Context<AppEnv>): SettingsAuthor {
  const [, version] = /"(\d+)"/.exec(c.req.header("if-match") ?? "") ?? [];
  return {
    actor: requireIdentity(c).userId,
    expectedVersion: version === undefined ? null : Number(version),
  };
}

const tagOf = (version: number): string => `"${version}"`;
