import type { Client } from "./client.ts";
import { matchesGlob } from "./glob.ts";

/** Channels and who listens to them. */
export class PubSub {
  readonly #channels = new Map<string, Set<Client>>();
  readonly #patterns = new Map<string, Set<Client>>();
  /** How many messages there have been. */
  published = 0;

  subscribe(client: Client, channel: string): void {
    client.channels.add(channel);
    add(this.#channels, channel, client);
  }

  unsubscribe(client: Client, channel: string): void {
    client.channels.delete(channel);
    remove(this.#channels, channel, client);
  }

  subscribePattern(client: Client, pattern: string): void {
    client.patterns.add(pattern);
    add(this.#patterns, pattern, client);
  }

  unsubscribePattern(client: Client, pattern: string): void {
    client.patterns.delete(pattern);
    remove(this.#patterns, pattern, client);
  }

  forget(client: Client): void {
    for (const channel of client.channels) remove(this.#channels, channel, client);
    for (const pattern of client.patterns) remove(this.#patterns, pattern, client);
    client.channels.clear();
    client.patterns.clear();
  }

  /** Returns how many heard it. */
  publish(channel: string, message: string): number {
    this.published++;
    let heard = 0;
    for (const client of this.#channels.get(channel) ?? []) {
      deliver(client, ["message", channel, message]);
      heard++;
    }
    for (const [pattern, clients] of this.#patterns) {
      if (!matchesGlob(pattern, channel)) continue;
      for (const client of clients) {
        deliver(client, ["pmessage", pattern, channel, message]);
        heard++;
      }
    }
    return heard;
  }

  channels(pattern?: string): string[] {
    const names = [...this.#channels.keys()];
    return pattern === undefined ? names : names.filter((name) => matchesGlob(pattern, name));
  }

  listeners(channel: string): number {
    return this.#channels.get(channel)?.size ?? 0;
  }

  get patternCount(): number {
    return this.#patterns.size;
  }
}

function add(topics: Map<string, Set<Client>>, topic: string, client: Client): void {
  const clients = topics.get(topic);
  if (clients) clients.add(client);
  else topics.set(topic, new Set([client]));
}

function remove(topics: Map<string, Set<Client>>, topic: string, client: Client): void {
  const clients = topics.get(topic);
  clients?.delete(client);
  if (clients?.size === 0) topics.delete(topic);
}

function deliver(client: Client, parts: string[]): void {
  client.reply.push(parts.length);
  for (const part of parts) client.reply.bulk(part);
  client.onOutput();
}
