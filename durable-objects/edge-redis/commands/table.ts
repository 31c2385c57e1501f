import type { Command } from "../engine/command.ts";
import { BIT_FIELD_COMMANDS } from "./bitfield.ts";
import { BIT_COMMANDS } from "./bits.ts";
import { CONNECTION_COMMANDS } from "./connection.ts";
import { DEBUG_COMMANDS } from "./debug.ts";
import { DUMP_COMMANDS } from "./dumping.ts";
import { EXPIRY_COMMANDS } from "./expiry.ts";
import { FUNCTION_COMMANDS } from "./functions.ts";
import { HASH_COMMANDS } from "./hashes.ts";
import { INTROSPECTION_COMMANDS } from "./introspection.ts";
import { KEY_COMMANDS } from "./keys.ts";
import { LIST_COMMANDS } from "./lists.ts";
import { PUB_SUB_COMMANDS } from "./pub-sub-commands.ts";
import { REPLICATION_COMMANDS } from "./replicating.ts";
import { SCRIPTING_COMMANDS } from "./scripting.ts";
import { RING_COMMANDS } from "./ring.ts";
import { SERVER_COMMANDS } from "./server.ts";
import { SET_COMMANDS } from "./sets.ts";
import { SETTING_COMMANDS } from "./settings.ts";
import { SORT_COMMANDS } from "./sort.ts";
import { SORTED_SET_COMMANDS } from "./sorted-sets.ts";
import { STRING_COMMANDS } from "./strings.ts";
import { TRANSACTION_COMMANDS } from "./transactions.ts";

/** Every command by its name in small letters. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    ...STRING_COMMANDS,
    ...BIT_COMMANDS,
    ...BIT_FIELD_COMMANDS,
    ...HASH_COMMANDS,
    ...LIST_COMMANDS,
    ...SET_COMMANDS,
    ...SORTED_SET_COMMANDS,
    ...KEY_COMMANDS,
    ...DUMP_COMMANDS,
    ...EXPIRY_COMMANDS,
    ...SORT_COMMANDS,
    ...TRANSACTION_COMMANDS,
    ...SCRIPTING_COMMANDS,
    ...PUB_SUB_COMMANDS,
    ...CONNECTION_COMMANDS,
    ...SERVER_COMMANDS,
    ...SETTING_COMMANDS,
    ...REPLICATION_COMMANDS,
    ...DEBUG_COMMANDS,
    ...RING_COMMANDS,
    ...FUNCTION_COMMANDS,
    ...INTROSPECTION_COMMANDS,
  ].map((command) => [command.name, command]),
);
