import { join, resolve } from "node:path";
import { type CapnpValue, Embed } from "./capnp.ts";
import type { WranglerFile } from "./config.ts";

/*
 * What `workerd serve` makes of a wrangler file in its JSON form, said in Cap'n Proto: the same services under
 * the same paths and keys, so that either form goes on with the other's state. Only this form can say more.
 */

/** What the JSON form has no words for. */
export interface Extras {
  /** MySQL servers by binding, which the Worker reaches as through Hyperdrive. */
  hyperdrives?: Record<string, URL>;
  /** Whether the Worker may ask servers on this machine, which workerd otherwise keeps it from. */
  reachesLoopback?: boolean;
  /** `database-door.ts` as one module, a file beside the configuration: stands between the Worker and its D1. */
  databaseDoor?: string;
  /** V8's own flags, for whoever measures: none changes what Spike does. */
  v8Flags?: readonly string[];
}

/** The socket on which the door of the database takes orders. */
export const DOOR_SOCKET = "database-door";

/** The date of the platform for the services that workerd brings along; their code is made for any later one. */
const SERVICES_DATE = "2026-01-01";
const STATE_FOLDER = ".wrangler/state/workerd";
const MYSQL_PORT = "3306";

/** Structs that are in a wrangler file beside those that `WranglerFile` names. */
interface Sections {
  name: string;
  compatibility_flags?: string[];
  durable_objects?: { bindings: { name: string; class_name: string }[] };
  migrations?: { new_sqlite_classes?: string[] }[];
  triggers?: { crons?: string[] };
  queues?: {
    producers?: { binding: string; queue: string }[];
    consumers?: QueueConsumer[];
  };
}

interface QueueConsumer {
  queue: string;
  dead_letter_queue?: string;
  max_batch_size?: number;
  max_batch_timeout?: number;
  max_retries?: number;
}

/** The folders of the state, which the JSON form makes by itself and this one wants to find. */
export const stateFoldersIn = (stateDir: string): string[] =>
  ["", "kv", "kv/blobs", "d1", "queues", "cron"].map((name) => folder(stateDir, name));

const folder = (stateDir: string, name = ""): string => join(stateDir, STATE_FOLDER, name);

/**
 * workerd's configuration for a wrangler file that `toWorkerdConfig` prepared.
 * @param stateDir where the configuration lies, and all state.
 * @param modules of the Worker, the first one its entry; their files are beside the configuration.
 */
export function workerdServices(
  file: WranglerFile,
  stateDir: string,
  modules: CapnpValue[],
  extras: Extras,
): CapnpValue {
  const config = file as WranglerFile & Sections;
  const hyperdrives = Object.entries(extras.hyperdrives ?? {});
  return {
    ...(extras.v8Flags && { v8Flags: [...extras.v8Flags] }),
    services: [
      app(config, modules, hyperdrives, extras.databaseDoor !== undefined),
      disk("app-storage", folder(stateDir)),
      ...builtIn(stateDir, "kv", "KVNamespace", "SHARD", [{ name: "BLOBS", service: "kv-blobs" }]),
      disk("kv-blobs", folder(stateDir, "kv/blobs")),
      ...builtIn(stateDir, "d1", "D1Database", "DATABASE", []),
      ...builtIn(stateDir, "queues", "QueueShard", "SHARD", [
        { name: "CONSUMERS", json: JSON.stringify(consumersOf(config)) },
        { name: "app", service: "app" },
      ]),
      ...builtIn(stateDir, "cron", "Schedule", "SCHEDULE", [
        { name: "CRONS", json: JSON.stringify({ app: config.triggers?.crons ?? [] }) },
        { name: "app", service: "app" },
      ]),
      ...(extras.reachesLoopback ? [internetAndLoopback] : []),
      ...assets(config),
      ...(extras.databaseDoor === undefined ? [] : [door(config, extras.databaseDoor)]),
      ...hyperdrives.map(([binding, url]) => ({
        name: `hyperdrive-${binding}`,
        external: { address: `${url.hostname}:${url.port || MYSQL_PORT}`, tcp: {} },
      })),
    ],
    sockets: [
      { name: "http", address: "127.0.0.1:0", http: {}, service: entryOf(config) },
      ...(extras.databaseDoor === undefined ? [] : [doorSocket]),
    ],
  };
}

function app(
  config: WranglerFile & Sections,
  modules: CapnpValue[],
  hyperdrives: [string, URL][],
  hasDoor: boolean,
): CapnpValue {
  const { name, vars = {}, durable_objects: objects, migrations = [] } = config;
  const classes = migrations.flatMap(({ new_sqlite_classes: classes = [] }) => classes);
  return {
    name: "app",
    worker: {
      modules,
      compatibilityDate: config.compatibility_date,
      compatibilityFlags: config.compatibility_flags ?? [],
      bindings: [
        ...Object.entries(vars).map(([name, text]) => ({ name, text })),
        ...(objects?.bindings ?? []).map(({ name, class_name: className }) => ({
          name,
          durableObjectNamespace: { className },
        })),
        ...storeBindings(config),
        ...databases(config).map(({ binding, service }) => d1(binding, hasDoor ? DOOR_SOCKET : service)),
        ...hyperdrives.map(([name, url]) => ({ name, hyperdrive: hyperdrive(name, url) })),
      ],
      durableObjectNamespaces: classes.map((className) => ({
        className,
        uniqueKey: `${name}-${className}`,
        enableSql: true,
      })),
      durableObjectStorage: { localDisk: "app-storage" },
    },
  };
}

const props = (value: object): CapnpValue => ({ json: JSON.stringify(value) });

/** The D1 databases by their bindings, each as the part of workerd's service that it is. */
function databases({
  d1_databases: sections = [],
}: WranglerFile): { binding: string; service: CapnpValue }[] {
  return sections.map(({ binding, database_id: database = binding }) => ({
    binding,
    service: { name: "d1", props: props({ database }) },
  }));
}

const d1 = (binding: string, service: CapnpValue): CapnpValue => ({
  name: binding,
  wrapped: { moduleName: "cloudflare-internal:d1-api", innerBindings: [{ name: "fetcher", service }] },
});

/** Knows one database: the Worker has no other. */
function door(config: WranglerFile & Sections, bundle: string): CapnpValue {
  const [database] = databases(config);
  return {
    name: DOOR_SOCKET,
    worker: {
      modules: [{ name: "door.js", esModule: new Embed(bundle) }],
      compatibilityDate: config.compatibility_date,
      bindings: database && [d1("DB", database.service), { name: "DATABASE", service: database.service }],
    },
  };
}

const doorSocket: CapnpValue = {
  ...{ name: DOOR_SOCKET, address: "127.0.0.1:0", http: {} },
  service: { name: DOOR_SOCKET, entrypoint: "Control" },
};

function storeBindings(config: WranglerFile & Sections): CapnpValue[] {
  return [
    ...(config.kv_namespaces ?? []).map(({ binding, id = binding }) => ({
      name: binding,
      kvNamespace: { name: "kv", props: props({ namespace: id }) },
    })),
    ...(config.queues?.producers ?? []).map(({ binding, queue }) => ({
      name: binding,
      queue: { name: "queues", props: props({ queue }) },
    })),
    ...(config.assets
      ? [{ name: String(config.assets["binding"]), service: { name: "assets", entrypoint: "AssetWorker" } }]
      : []),
  ];
}

function hyperdrive(binding: string, url: URL): CapnpValue {
  return {
    designator: `hyperdrive-${binding}`,
    database: decodeURIComponent(url.pathname.slice(1)),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    scheme: "mysql",
  };
}

/** A service that workerd brings along: a Worker whose objects keep its data in a folder of its own. */
function builtIn(
  stateDir: string,
  name: string,
  className: string,
  binding: string,
  others: CapnpValue[],
): CapnpValue[] {
  return [
    {
      name,
      worker: {
        modules: [{ name: `${name}.js`, bundled: `/workerd/${name}.js` }],
        compatibilityDate: SERVICES_DATE,
        compatibilityFlags: ["service_binding_extra_handlers"],
        bindings: [{ name: binding, durableObjectNamespace: { className } }, ...others],
        durableObjectNamespaces: [{ className, uniqueKey: className, enableSql: true }],
        durableObjectStorage: { localDisk: `${name}-storage` },
      },
    },
    disk(`${name}-storage`, folder(stateDir, name)),
  ];
}

/** In the place of the network that workerd gives a Worker by itself, which is the public internet alone. */
const internetAndLoopback: CapnpValue = {
  name: "internet",
  network: { allow: ["public", "local"], tlsOptions: { trustBrowserCas: true } },
};

const disk = (name: string, path: string): CapnpValue => ({ name, disk: { path, writable: true } });

function consumersOf({ queues }: Sections): Record<string, object> {
  const consumers = (queues?.consumers ?? []).map((consumer) => [
    consumer.queue,
    {
      consumer: "app",
      deadLetterQueue: consumer.dead_letter_queue,
      maxBatchSize: consumer.max_batch_size,
      maxBatchTimeout: consumer.max_batch_timeout,
      maxRetries: consumer.max_retries,
    },
  ]);
  return Object.fromEntries(consumers) as Record<string, object>;
}

/** The static files answer first, unless the wrangler file sends a path to the Worker first. */
function assets({ assets }: WranglerFile): CapnpValue[] {
  if (!assets) return [];
  const { directory, binding: _binding, ...config } = assets;
  return [
    {
      name: "assets",
      assets: { path: resolve(directory), config: JSON.stringify(config), userWorker: "app" },
    },
  ];
}

const entryOf = ({ assets }: WranglerFile): string => (assets ? "assets" : "app");
