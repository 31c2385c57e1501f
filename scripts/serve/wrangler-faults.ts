import { OBJECT_CLASSES, VARIABLES } from "../../workers/operations/configuration.ts";
import {
  ORDER_DEAD_QUEUE,
  ORDER_DELIVERIES_MAX,
  ORDER_QUEUE,
  roleOfQueue,
} from "../../workers/order/queue/message.ts";
import type { WranglerFile } from "./config.ts";

/** Sections as this reads them; others are not its business. */
interface Sections {
  durable_objects?: { bindings?: { name: string; class_name?: string }[] };
  migrations?: { new_sqlite_classes?: string[] }[];
  triggers?: { crons?: string[] };
  queues?: {
    producers?: { queue: string }[];
    consumers?: { queue: string; dead_letter_queue?: string; max_retries?: number }[];
  };
}

/**
 * What is wrong with a wrangler file though everything is bound, one sentence each that says what to do: the platform
 * would refuse to deploy it, or worse, would not and leave work undone.
 */
export function wranglerFaults(wrangler: WranglerFile): string[] {
  const sections: Sections = wrangler;
  return [
    ...faultsOfClasses(sections),
    ...faultsOfQueues(sections),
    ...faultOfCron(sections),
    ...Object.keys(wrangler.vars ?? {}).flatMap(faultOfVariable),
  ];
}

function faultsOfClasses({ durable_objects: objects, migrations = [] }: Sections): string[] {
  const stored = new Set(migrations.flatMap(({ new_sqlite_classes: classes = [] }) => classes));
  return (objects?.bindings ?? []).flatMap(({ name, class_name: bound }) => {
    const className = OBJECT_CLASSES[name];
    if (className === undefined) return [];
    if (bound !== className) {
      return [
        `The binding ${name} names the class ${JSON.stringify(bound)}: set its class_name to "${className}" in wrangler.toml.`,
      ];
    }
    if (stored.has(className)) return [];
    return [
      `The class ${className} has no storage: name it in new_sqlite_classes under a [[migrations]] with a tag of its own in wrangler.toml.`,
    ];
  });
}

/** Without its consumer a queue keeps everything and nobody notices for a while. */
function faultsOfQueues({ queues }: Sections): string[] {
  const consumers = queues?.consumers ?? [];
  const [producer] = queues?.producers ?? [];
  if (!producer) return [];
  if (roleOfQueue(producer.queue) !== ORDER_QUEUE) {
    return [misnamed("The queue under [[queues.producers]]", producer.queue, ORDER_QUEUE)];
  }
  const consumer = consumers.find(({ queue }) => queue === producer.queue);
  if (!consumer) return [unconsumed(producer.queue)];
  const { dead_letter_queue: dead = "", max_retries: retries } = consumer;
  if (roleOfQueue(dead) !== ORDER_DEAD_QUEUE) {
    return [misnamed(`The dead_letter_queue of ${producer.queue}`, dead, ORDER_DEAD_QUEUE)];
  }
  return [
    ...(retries === ORDER_DELIVERIES_MAX - 1
      ? []
      : [
          `The consumer of ${producer.queue} has max_retries ${retries ?? "missing"}: set it to ${ORDER_DELIVERIES_MAX - 1} in wrangler.toml.`,
        ]),
    ...(consumers.some(({ queue }) => queue === dead) ? [] : [unconsumed(dead)]),
  ];
}

const misnamed = (what: string, name: string, role: string): string =>
  `${what} is ${JSON.stringify(name)}: name it "${role}", or "<environment>-${role}", in wrangler.toml.`;

const unconsumed = (queue: string): string =>
  `Nobody consumes the queue ${queue}: add it under [[queues.consumers]] in wrangler.toml, for each environment.`;

function faultOfCron({ triggers }: Sections): string[] {
  if ((triggers?.crons ?? []).length > 0) return [];
  return [
    'Nothing runs by cron, which wakes sales and compares databases: set crons = ["* * * * *"] under [triggers] in wrangler.toml.',
  ];
}

function faultOfVariable(name: string): string[] {
  if (VARIABLES.includes(name)) return [];
  return [
    `Nothing reads the variable ${name} under [vars] in wrangler.toml: correct its name, or take it away. There are ${VARIABLES.toSorted().join(", ")}.`,
  ];
}
