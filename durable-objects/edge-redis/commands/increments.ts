import { notAFloat, RedisError } from "../engine/errors.ts";
import { addLongDoubles, formatLongDouble, parseLongDouble } from "../engine/long-double.ts";
import { parseDouble } from "../engine/numbers.ts";

/**
 * The sum of two numbers as INCRBYFLOAT and HINCRBYFLOAT write it.
 * @param complaint about a value that is no number; the amount has its own.
 * @throws RedisError
 */
export function incremented(value: string, amount: string, complaint = notAFloat): string {
  const [a, b] = [parseLongDouble(value), parseLongDouble(amount)];
  if (a && b) return formatLongDouble(addLongDoubles(a, b));
  if (!a && parseDouble(value) === null) throw complaint();
  if (!b && parseDouble(amount) === null) throw notAFloat();
  throw new RedisError("ERR increment would produce NaN or Infinity");
}
