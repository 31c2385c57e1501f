import cluster from "node:cluster";
import { once } from "node:events";

/** Web processes of the peer: one a core of the machines this is measured on. They get connections in turn. */
const WEB_PROCESSES = 2;

if (cluster.isPrimary) {
  const workers = Array.from({ length: WEB_PROCESSES }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, "message")));
  process.send?.("ready");
} else {
  await import("./web.ts");
}
