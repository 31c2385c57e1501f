/*
 * Random commands, drawn from shapes that look like the syntax in Redis's documentation: `[a b]` may be left
 * out, `a|b` is one of both, `a+` comes one to three times, words in small letters stand for arguments.
 */

export type Random = () => number;

/** Reproducible: the same seed draws the same numbers between 0 and 1 (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const EXPIRY = "[EX seconds|PX milliseconds|EXAT epoch|PXAT epochms|KEEPTTL]";
const LIMIT = "[LIMIT index index]";
const WEIGHED = "[WEIGHTS float float] [AGGREGATE SUM|MIN|MAX]";

const SHAPES = [
  `SET key value [NX|XX] [GET] ${EXPIRY}`,
  ...[
    "GET key",
    "GETDEL key",
    "GETEX key [EX seconds|PX milliseconds|PERSIST|EXAT epoch]",
    "GETSET key value",
  ],
  ...["MGET key+", "MSET key value key value", "MSETNX key value key value", "SETNX key value", "STRLEN key"],
  ...[
    "SETEX key seconds value",
    "PSETEX key milliseconds value",
    "APPEND key value",
    "SUBSTR key index index",
  ],
  ...["GETRANGE key index index", "SETRANGE key count value", "INCR key", "DECR key", "INCRBY key integer"],
  ...[
    "DECRBY key integer",
    "INCRBYFLOAT key float",
    "LCS key key [LEN|IDX] [MINMATCHLEN count] [WITHMATCHLEN]",
  ],
  ...["SETBIT key count bit", "GETBIT key count", "BITCOUNT key", "BITCOUNT key index index [BYTE|BIT]"],
  ...["BITPOS key bit", "BITPOS key bit index", "BITPOS key bit index index [BYTE|BIT]"],
  ...["BITOP AND|OR|XOR key key key", "BITOP NOT key key", "BITFIELD_RO key GET width offset"],
  "BITFIELD key [GET width offset] [OVERFLOW WRAP|SAT|FAIL] SET width offset integer",
  "BITFIELD key [OVERFLOW WRAP|SAT|FAIL] INCRBY width offset integer [GET width offset]",
  ...["HSET key field value", "HSET key field value field value", "HMSET key field value", "HGET key field"],
  ...["HSETNX key field value", "HMGET key field+", "HDEL key field+", "HLEN key", "HSTRLEN key field"],
  ...["HEXISTS key field", "HGETALL key", "HKEYS key", "HVALS key", "HINCRBY key field integer"],
  ...["HINCRBYFLOAT key field float", "HRANDFIELD key 0"],
  ...["LPUSH key value+", "RPUSH key value+", "LPUSHX key value", "RPUSHX key value", "LPOP key [count]"],
  ...["RPOP key [count]", "LLEN key", "LINDEX key index", "LSET key index value", "LRANGE key index index"],
  ...["LTRIM key index index", "LREM key index value", "LINSERT key BEFORE|AFTER value value"],
  ...["LPOS key value [RANK index] [COUNT count] [MAXLEN count]", "RPOPLPUSH key key"],
  ...["LMOVE key key LEFT|RIGHT LEFT|RIGHT", "LMPOP 2 key key LEFT|RIGHT [COUNT count]"],
  ...["SADD key member+", "SREM key member+", "SCARD key", "SISMEMBER key member", "SMISMEMBER key member+"],
  ...["SMEMBERS key", "SMOVE key key member", "SINTER key+", "SUNION key+", "SDIFF key+", "SPOP key 100"],
  ...[
    "SINTERSTORE key key+",
    "SUNIONSTORE key key+",
    "SDIFFSTORE key key+",
    "SINTERCARD 2 key key [LIMIT count]",
  ],
  ...["ZADD key [NX|XX] [GT|LT] [CH] float member [float member]", "ZADD key [XX|NX] INCR float member"],
  ...[
    "ZREM key member+",
    "ZADD lexed 0 member 0 member",
    "ZREM lexed member",
    "ZCARD key",
    "ZSCORE key member",
    "ZMSCORE key member+",
    "ZINCRBY key float member",
  ],
  ...["ZRANK key member", "ZREVRANK key member", "ZCOUNT key score score", "ZLEXCOUNT lexed lex lex"],
  ...[
    "ZRANGE key index index [REV] [WITHSCORES]",
    `ZRANGE key score score BYSCORE [REV] ${LIMIT} [WITHSCORES]`,
  ],
  ...[`ZRANGE lexed lex lex BYLEX [REV] ${LIMIT}`, "ZREVRANGE key index index [WITHSCORES]"],
  ...[`ZRANGEBYSCORE key score score [WITHSCORES] ${LIMIT}`, `ZREVRANGEBYSCORE key score score ${LIMIT}`],
  ...[`ZRANGEBYLEX lexed lex lex ${LIMIT}`, `ZREVRANGEBYLEX lexed lex lex ${LIMIT}`],
  ...["ZRANGESTORE key key index index [REV]", `ZRANGESTORE key key score score BYSCORE ${LIMIT}`],
  ...["ZREMRANGEBYRANK key index index", "ZREMRANGEBYSCORE key score score", "ZREMRANGEBYLEX lexed lex lex"],
  ...["ZPOPMIN key [count]", "ZPOPMAX key [count]", "ZMPOP 2 key key MIN|MAX [COUNT count]"],
  ...[
    `ZUNIONSTORE key 2 key key ${WEIGHED}`,
    `ZINTERSTORE key 2 key key ${WEIGHED}`,
    "ZDIFFSTORE key 2 key key",
  ],
  ...[`ZUNION 2 key key ${WEIGHED} [WITHSCORES]`, `ZINTER 2 key key ${WEIGHED} [WITHSCORES]`],
  ...["ZDIFF 2 key key [WITHSCORES]", "ZINTERCARD 2 key key [LIMIT count]"],
  ...[
    "DEL key+",
    "UNLINK key+",
    "EXISTS key+",
    "TYPE key",
    "TOUCH key+",
    "RENAME key key",
    "RENAMENX key key",
  ],
  ...["COPY key key [REPLACE]", "OBJECT ENCODING key", "PERSIST key", "TTL key", "PTTL key"],
  ...[
    "EXPIRE key seconds",
    "PEXPIRE key milliseconds",
    "EXPIREAT key epoch [NX|XX|GT|LT]",
    "EXPIRE key index",
  ],
  ...["PEXPIREAT key epochms [NX|XX|GT|LT]", "EXPIRETIME key", "PEXPIRETIME key"],
  ...["SORT key [LIMIT count count] [ASC|DESC] [ALPHA]", "SORT_RO key ALPHA", "SORT key ALPHA STORE key"],
  ...["MULTI", "EXEC", "DISCARD", "WATCH key", "UNWATCH"],
].map((shape) => shape.split(/ (?![^[]*\])/));

/** All that commands work on, few enough that they meet. */
const ANY_KEYS = ["k0", "k1", "k2", "k3", "k4"];
/** A sorted set whose scores are all 0: among others, an order of texts is not specified. */
const LEXED = "k5";
export const KEYS = [...ANY_KEYS, LEXED];
/** So many commands in a hundred have an argument too few, too many, or a wrong one. */
const MISTAKES_PERCENT = 5;
/** Far beyond every time that is relative to now, so that which is later does not depend on the clock. */
const EPOCH_SECONDS = 9_000_000_000;

/** Redis sorts by what comes before a NUL: two members that are alike up to there come in any order. */
const MEMBERS = ["a", "b", "c", "d", "10", "9", "-3", "", "e\u0000\u00ff\r\n", "long".repeat(20)];
const VALUES = [...MEMBERS, "3.0e3", " 1", "9223372036854775807", "0.1", "hello world", "v".repeat(64)];
/** What C reads in its own way: hexadecimal, too large and too small for a double. */
const EXTREMES = ["0x10", "-0X1.8p1", "1e400", "-1e400", "1e-400", "0e400"];
const FLOATS = [
  "0",
  "1",
  "-1.5",
  "2.25",
  "1e3",
  "inf",
  "-inf",
  "3.3",
  "nan",
  "x",
  "17179869184",
  "0.1",
  ...EXTREMES,
];
const INTEGERS = [
  "1",
  "-1",
  "7",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "1.5",
  "+1",
];
const SCORES = ["-inf", "+inf", "0", "(1", "1", "2.25", "(3.3", "-1.5", "1000", "(x", ...EXTREMES];
const LEXES = ["-", "+", "[a", "(a", "[b", "(c", "[d", "[10", "["];

export function randomCommands(random: Random): () => string[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] as T;
  const between = (least: number, limit: number) => String(least + below(limit - least));
  const words: Record<string, () => string> = {
    key: () => oneOf(ANY_KEYS),
    value: () => oneOf(VALUES),
    member: () => oneOf(MEMBERS),
    field: () => oneOf(MEMBERS),
    integer: () => oneOf(INTEGERS),
    float: () => oneOf(FLOATS),
    score: () => oneOf(SCORES),
    lexed: () => LEXED,
    lex: () => oneOf(LEXES),
    bit: () => oneOf(["0", "1", "0", "1", "2"]),
    width: () => oneOf(["u1", "i1", "u8", "i8", "u13", "i13", "u32", "i32", "u63", "i64", "u64", "i65"]),
    offset: () => oneOf(["", "", "#"]) + between(random() < 0.1 ? -1 : 0, 70),
    index: () => between(-5, 6),
    count: () => between(random() < 0.1 ? -2 : 0, 40),
    seconds: () => between(1_000, 900_000),
    milliseconds: () => between(1_000_000, 900_000_000),
    epoch: () => between(EPOCH_SECONDS, EPOCH_SECONDS + 100),
    epochms: () => between(EPOCH_SECONDS * 1000, EPOCH_SECONDS * 1000 + 100),
  };
  const draw = (part: string): string[] => {
    if (part.startsWith("["))
      return random() < 0.4 ? oneOf(part.slice(1, -1).split("|")).split(" ").flatMap(draw) : [];
    if (part.endsWith("+")) return Array.from({ length: 1 + below(3) }, () => draw(part.slice(0, -1))).flat();
    const choice = oneOf(part.split("|"));
    return [words[choice]?.() ?? choice];
  };
  return () => {
    const command = oneOf(SHAPES).flatMap(draw);
    if (below(100) >= MISTAKES_PERCENT || command.includes(LEXED)) return command;
    const at = 1 + below(command.length);
    command.splice(at, below(2), ...(random() < 0.5 ? [oneOf([...VALUES, ...FLOATS, "NX", "LIMIT"])] : []));
    return command;
  };
}
