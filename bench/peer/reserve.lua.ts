/**
 * The peer's stock rule, atomic because Redis runs scripts one after the other: a user's order is given again
 * when the key is the same, one order a user, and stock only while there is some.
 * KEYS: stock, orders by user. ARGV: user, idempotency key, new order id. Returns a verdict and an order id.
 */
export const RESERVE_SCRIPT = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then
  local key, order = string.match(known, '^(.-)|(.*)$')
  if key == ARGV[2] then return {'again', order} end
  return {'limit_reached', order}
end
if tonumber(redis.call('GET', KEYS[1]) or '0') < 1 then return {'sold_out', ''} end
redis.call('DECR', KEYS[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|' .. ARGV[3])
return {'reserved', ARGV[3]}
`;
