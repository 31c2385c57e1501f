/** Where the peer's services are, from the environment; loopback unless told. */
export interface PeerConfig {
  redisUrl: string;
  rabbitUrl: string;
  mysqlUrl: string;
  /** Names everything the peer makes, so that it can be removed again. */
  run: string;
}

export function peerConfig(environment: NodeJS.ProcessEnv = process.env): PeerConfig {
  return {
    redisUrl: environment["REDIS_URL"] ?? "redis://127.0.0.1:6379",
    rabbitUrl: environment["RABBITMQ_URL"] ?? "amqp://guest:guest@127.0.0.1:5672",
    mysqlUrl: environment["MYSQL_URL"] ?? "mysql://root@127.0.0.1:3306",
    run: environment["PEER_RUN"] ?? "local",
  };
}

export const databaseOf = ({ run }: PeerConfig): string => `spike_peer_${run}`;
export const queueOf = ({ run }: PeerConfig): string => `spike-peer-${run}`;
export const keysOf = ({ run }: PeerConfig): { stock: string; orders: string } => ({
  // In one slot, as a Redis cluster would want them.
  stock: `{spike-peer-${run}}:stock`,
  orders: `{spike-peer-${run}}:orders`,
});
