import { useCallback, useEffect, useRef, useState } from "hono/jsx/dom";
import type { Answer } from "../../shared/answer.ts";
import { ask, reason } from "./calls.ts";

export interface Loaded<Body> {
  body: Body | undefined;
  /** Why there is none, or why it is old. */
  trouble: string | undefined;
  reload: () => Promise<void>;
  /** Shows another body, such as the answer to a change. */
  set: (body: Body) => void;
}

/** What the API says at a path below /api/admin, asked when the screen appears and when the path changes. */
export function useLoaded<Body>(path: string): Loaded<Body> {
  const [body, set] = useState<Body | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const reload = useCallback(async () => {
    const answer = await ask<Body>("GET", path);
    if (answer.ok) set(answer.body);
    setTrouble(answer.ok ? undefined : reason(answer.failure));
  }, [path]);
  useEffect(() => void reload(), [reload]);
  return { body, trouble, reload, set };
}

export interface Pages<Item> {
  items: Item[];
  isLoading: boolean;
  trouble: string | undefined;
  /** Fetches the next page; undefined when there is none. */
  more: (() => Promise<void>) | undefined;
  /** Starts again from the first page. */
  reload: () => Promise<void>;
}

/** A list that the API answers in pages, under `name`. It starts again when the path changes. */
export function usePages<Item>(path: string, name: string): Pages<Item> {
  const [items, setItems] = useState<Item[]>([]);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [isLoading, setLoading] = useState(true);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  /** Tells the newest request's answer from one that another has overtaken. */
  const asked = useRef(0);

  const fetchPage = async (before: Item[], from: string | undefined) => {
    const mine = (asked.current ?? 0) + 1;
    asked.current = mine;
    setLoading(true);
    const answer = await askPage(path, from);
    if (mine !== asked.current) return;
    setLoading(false);
    setTrouble(answer.ok ? undefined : reason(answer.failure));
    if (!answer.ok) return;
    setItems([...before, ...((answer.body[name] as Item[] | undefined) ?? [])]);
    setCursor(answer.body["nextCursor"] as string | undefined);
  };
  const reload = () => fetchPage([], undefined);
  useEffect(() => void reload(), [path]);
  return {
    items,
    isLoading,
    trouble,
    more: cursor === undefined ? undefined : () => fetchPage(items, cursor),
    reload,
  };
}

function askPage(path: string, cursor: string | undefined): Promise<Answer<Record<string, unknown>>> {
  if (cursor === undefined) return ask("GET", path);
  return ask("GET", `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`);
}
