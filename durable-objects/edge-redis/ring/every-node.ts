import { NODES_MAX } from "../../../workers/shared/redis/ring.ts";
import { parseCursor } from "../commands/scanning.ts";
import type { Client } from "../engine/client.ts";
import type { Relay } from "./relay.ts";
import type { Ring } from "./ring.ts";

/** What is asked, of all nodes or, for SCAN, of one after the other. */
interface Question {
  ring: Pick<Ring, "nodes" | "members">;
  /** Returns the replies of one node to commands. */
  ask: (node: number, ...commands: string[][]) => Promise<string[]>;
  args: string[];
}

/** Puts one reply together from those of all nodes to a command that names no keys. */
export async function askEveryNode(
  { ring, relay }: { ring: Question["ring"]; relay: Pick<Relay, "execute"> },
  client: { reply: Pick<Client["reply"], "version">; database: number },
  args: string[],
): Promise<string> {
  const options = { version: client.reply.version, canWait: false };
  const { database } = client;
  const ask = (node: number, ...commands: string[][]) =>
    relay.execute(
      node,
      options,
      commands.map((command) => ({ database, args: command })),
    );
  const question: Question = { ring, ask, args };
  switch (args[0]?.toLowerCase()) {
    case "scan":
      return scan(question);
    case "randomkey":
      return randomKey(question);
    case "keys":
      return merge(await askAll(question, args), union);
    case "script":
      return merge(await askAll(question, args), knownToAll);
    case "dbsize":
    case "publish":
      return merge(await askAll(question, args), sum);
    default:
      return merge(await askAll(question, args), ([first = ""]) => first);
  }
}

/** The old nodes before the new one: what is given to it meanwhile is not overlooked. */
async function askAll({ ring, ask }: Question, ...commands: string[][]): Promise<string[][]> {
  const old = Array.from({ length: ring.nodes }, (_, node) => ask(node, ...commands));
  const replies = await Promise.all(old);
  // The ring may have grown while they were asked, or have begun to.
  for (let node = old.length; node < ring.members; node++) replies.push(await ask(node, ...commands));
  return replies;
}

/** The first error, if there is one, is the answer. */
function merge(replies: readonly string[][], together: (texts: string[]) => string): string {
  const texts = replies.map(([text = ""]) => text);
  return texts.find((text) => text.startsWith("-")) ?? together(texts);
}

const integerOf = (text: string): number => Number(text.slice(1, -2));

function sum(texts: readonly string[]): string {
  return `:${texts.reduce((total, text) => total + integerOf(text), 0)}\r\n`;
}

/** SCRIPT EXISTS answers with flags, of which all have to be set; its relatives answer everywhere the same. */
function knownToAll(texts: readonly string[]): string {
  return texts.reduce((all, text) => (text.startsWith("*") ? withZerosOf(all, text) : all));
}

const withZerosOf = (flags: string, others: string): string =>
  [...flags].map((char, index) => (others[index] === "0" && char === "1" ? "0" : char)).join("");

/** Of arrays of bulk strings: while the ring grows, a key may be seen on its old and on its new node. */
function union(texts: readonly string[]): string {
  const bulks = new Set(texts.flatMap(bulksOf));
  return `*${bulks.size}\r\n${[...bulks].join("")}`;
}

function* bulks(text: string): Generator<string> {
  for (let at = text.indexOf("\n") + 1; at < text.length;) {
    const start = text.indexOf("\n", at) + 1;
    const end = start + Number(text.slice(at + 1, start - 2)) + 2;
    yield text.slice(at, end);
    at = end;
  }
}

const bulksOf = (text: string): string[] => [...bulks(text)];

/** Each key as likely as any other: first a node by how many it has. */
async function randomKey(question: Question): Promise<string> {
  const replies = await askAll(question, ["DBSIZE"], ["RANDOMKEY"]);
  const nodes = replies
    .map(([size = "", key = ""]) => ({ size: integerOf(size), key }))
    .filter(({ key }) => key.startsWith("$") && !key.startsWith("$-"));
  let at = Math.random() * nodes.reduce((total, { size }) => total + size, 0);
  const chosen = nodes.find(({ size }) => (at -= size) < 0) ?? nodes.at(-1);
  return chosen?.key ?? replies[0]?.[1] ?? "";
}

const SCAN_REPLY = /^\*2\r\n\$\d+\r\n(\d+)\r\n/;
const NOTHING = "*2\r\n$1\r\n0\r\n*0\r\n";

/**
 * One node after the other; the cursor says which, as its rest by NODES_MAX. A new node is the last: keys
 * that are given meanwhile are met there at the latest.
 */
async function scan({ ring, ask, args }: Question): Promise<string> {
  const node = (parseCursor(args[1] ?? "") ?? 0) % NODES_MAX;
  if (node >= ring.members) return NOTHING;
  const [reply = ""] = await ask(node, args);
  const head = SCAN_REPLY.exec(reply);
  if (!head) return reply;
  const cursor = Number(head[1]);
  const next = cursor > 0 ? cursor + node : node + 1 < ring.members ? node + 1 : 0;
  return `*2\r\n$${String(next).length}\r\n${next}\r\n${reply.slice(head[0].length)}`;
}
