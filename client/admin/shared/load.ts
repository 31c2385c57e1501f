import { useCallback, useEffect, useRef, useState } from "hono/jsx/dom";
import {
  addressOf,
  type AnyRequest,
  type BodyOf,
  type ItemOf,
  type ListName,
  type PathOf,
  type RequestArguments,
} from "./admin-api.ts";
import { ask, reason } from "./calls.ts";

type GetPath = PathOf<"GET">;

export interface Loaded<Body> {
  body: Body | undefined;
  /** Why there is none, or why it is old. */
  trouble: string | undefined;
  reload: () => Promise<void>;
  /** Shows another body, such as the answer to a change. */
  set: (body: Body) => void;
}

/** What the API says at an address, asked when the screen appears and when the address changes. */
export function useLoaded<Path extends GetPath>(
  path: Path,
  ...request: RequestArguments<"GET", Path>
): Loaded<BodyOf<"GET", Path>> {
  const [body, set] = useState<BodyOf<"GET", Path> | undefined>(undefined);
  const [trouble, setTrouble] = useState<string | undefined>(undefined);
  const reload = useCallback(async () => {
    const answer = await ask("GET", path, ...request);
    if (answer.ok) set(answer.body);
    setTrouble(answer.ok ? undefined : reason(answer.failure));
  }, [addressOf(path, request[0])]);
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

/** A list that the API answers in pages, under `name`. It starts again when the address changes. */
export function usePages<Path extends GetPath, Name extends ListName<BodyOf<"GET", Path>>>(
  path: Path,
  name: Name,
  ...[request]: RequestArguments<"GET", Path>
): Pages<ItemOf<BodyOf<"GET", Path>, Name>> {
  type Item = ItemOf<BodyOf<"GET", Path>, Name>;
  const { param = {}, query = {} }: AnyRequest = request ?? {};
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
    const asks = { param, query: { ...query, cursor: from } };
    const answer = await ask("GET", path, ...([asks] as unknown as RequestArguments<"GET", Path>));
    if (mine !== asked.current) return;
    setLoading(false);
    setTrouble(answer.ok ? undefined : reason(answer.failure));
    if (!answer.ok) return;
    setItems([...before, ...(answer.body[name] as Item[])]);
    setCursor((answer.body as { nextCursor?: string }).nextCursor);
  };
  const reload = () => fetchPage([], undefined);
  useEffect(() => void reload(), [addressOf(path, { param, query })]);
  return {
    items,
    isLoading,
    trouble,
    more: cursor === undefined ? undefined : () => fetchPage(items, cursor),
    reload,
  };
}
