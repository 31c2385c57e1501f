/** Of Redis 7.0; what a later one wrote may not be understood. */
export const RDB_VERSION = 10;

/** How a value is laid out: the first byte of it. The packed ones are only read. */
export const TYPES = {
  string: 0,
  list: 1,
  set: 2,
  hash: 4,
  zset: 5,
  intset: 11,
  packedHash: 16,
  packedZset: 17,
  quicklist: 18,
} as const;

/** What stands in front of an entry, or ends the file. */
export const MARKS = { selectDatabase: 0xfe, expiry: 0xfc, end: 0xff } as const;

/** The two highest bits of a length say how long it is, or that no length follows but a special string. */
export const LENGTHS = { bits6: 0, bits14: 1, bits32: 0x80, bits64: 0x81, special: 3 } as const;
export const SPECIAL = { int8: 0, int16: 1, int32: 2, compressed: 3 } as const;
/** The kinds of pieces that a quicklist consists of. */
export const PIECES = { plain: 1, packed: 2 } as const;
