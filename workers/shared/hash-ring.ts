/**
 * A consistent-hash ring: places a key on one of N nodes so that growing from N to N+1 nodes moves
 * about 1/(N+1) of the keys and no others (Karger et al., 1997). Each node stands on the ring many
 * times, because the arcs between few random points differ too much in length.
 */

/** Points per node: keeps the largest node's share within about 20 % of the mean. */
export const VIRTUAL_NODES_PER_NODE = 160;

export class HashRing {
  readonly #points: Uint32Array;
  readonly #owners: Uint16Array;

  /** @param nodes how many nodes, at least 1; they are numbered from 0. */
  constructor(nodes: number) {
    if (!Number.isInteger(nodes) || nodes < 1)
      throw new RangeError(`a ring needs at least one node, not ${nodes}`);
    const points: { point: number; node: number }[] = [];
    for (let node = 0; node < nodes; node++) {
      for (let i = 0; i < VIRTUAL_NODES_PER_NODE; i++) points.push({ point: hash32(`${node}#${i}`), node });
    }
    points.sort((a, b) => a.point - b.point || a.node - b.node);
    this.#points = Uint32Array.from(points, ({ point }) => point);
    this.#owners = Uint16Array.from(points, ({ node }) => node);
  }

  /** The node that owns `key`: the first point at or after the key's hash, clockwise. */
  nodeOf(key: string): number {
    return this.ownerOf(hash32(key));
  }

  /** The node that owns a point of the circle, from 0 to 2^32 − 1. */
  ownerOf(hash: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low === this.#points.length ? 0 : low] as number;
  }
}

const rings = new Map<number, HashRing>();

/** The ring of this many nodes, made once: it is the same everywhere and for ever. */
export function ringOf(nodes: number): HashRing {
  let ring = rings.get(nodes);
  if (!ring) rings.set(nodes, (ring = new HashRing(nodes)));
  return ring;
}

/** FNV-1a over UTF-16 code units with MurmurHash3's finalizer, which spreads near-equal keys. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
