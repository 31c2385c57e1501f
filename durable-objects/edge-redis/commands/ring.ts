import { type Call, type Command, NO_KEYS, type RingHost } from "../engine/command.ts";
import { RedisError } from "../engine/errors.ts";

const PERCENT = 100;

function ringOf({ engine }: Call): RingHost {
  if (!engine.ring) throw new RedisError("ERR this node belongs to no ring");
  return engine.ring;
}

function status(call: Call): void {
  const { nodes, goal, isGrowing, progress } = ringOf(call);
  const facts = { nodes, goal, growing: isGrowing ? 1 : 0, percent: Math.floor(progress * PERCENT) };
  call.reply.map(Object.keys(facts).length);
  for (const [name, value] of Object.entries(facts)) {
    call.reply.bulk(name);
    call.reply.integer(value);
  }
}

/** How the ring stands, where a key is, and that it shall grow. Redis has nothing of the kind. */
function manage(call: Call): void {
  switch (call.option(1)) {
    case "STATUS":
      return status(call);
    case "NODEOF":
      return call.reply.integer(ringOf(call).ownerOf(call.arg(2)));
    case "GROW":
      ringOf(call).growTo(call.integer(2));
      return call.reply.ok();
    default:
      return call.reply.bulks(["RING STATUS", "RING NODEOF <key>", "RING GROW <nodes>", "RING HELP"]);
  }
}

export const RING_COMMANDS: Command[] = [
  {
    name: "ring",
    arity: -2,
    flags: ["admin", "noscript"],
    keys: NO_KEYS,
    subcommands: { status: 2, nodeof: 3, grow: 3, help: 2 },
    group: "cluster",
    run: manage,
  },
];
