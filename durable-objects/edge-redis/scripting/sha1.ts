import { createHash } from "node:crypto";
import { toBytes } from "../resp/bytes.ts";

/** By which scripts are known: 40 hexadecimal digits in small letters. */
export const sha1 = (bytes: string): string => createHash("sha1").update(toBytes(bytes)).digest("hex");
