/** Bindings that an operator may add to the configuration; the default one does without. */
interface Env {
  /** Where the funnel's counts go besides the live figures, see docs/operations.md. */
  ANALYTICS?: AnalyticsEngineDataset;
  /** Lets Redis clients in over HTTP, see docs/redis.md. */
  EDGE_REDIS_REST_TOKEN?: string;
  EDGE_REDIS_REST_READONLY_TOKEN?: string;
}
