import amqp, { type ConsumeMessage } from "amqplib";
import mysql from "mysql2/promise";
import { databaseOf, peerConfig, queueOf } from "./config.ts";

/*
 * The peer's order consumer: takes messages as they come, writes many rows with one statement, and
 * acknowledges them together when they are committed.
 */

/** Unacknowledged messages at a time, and rows of one statement at most. */
const PREFETCH = 2_000;
const ROWS_MAX = 1_000;

const config = peerConfig();
const pool = mysql.createPool({ uri: `${config.mysqlUrl}/${databaseOf(config)}`, connectionLimit: 1 });
const connection = await amqp.connect(config.rabbitUrl, { noDelay: true });
const channel = await connection.createChannel();
await channel.prefetch(PREFETCH);

interface Order {
  orderId: string;
  userId: string;
  quantity: number;
  amountMinor: number;
  createdAt: number;
  payBefore: number;
}

let waiting: ConsumeMessage[] = [];
let isWriting = false;

/** Writes while there is something to write; what comes meanwhile goes with the next statement. */
async function drain(): Promise<void> {
  if (isWriting) return;
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting.slice(0, ROWS_MAX);
    waiting = waiting.slice(ROWS_MAX);
    const rows = batch.map((message) => {
      const order = JSON.parse(message.content.toString()) as Order;
      const { orderId, userId, quantity, amountMinor, createdAt, payBefore } = order;
      return [orderId, userId, quantity, amountMinor, "reserved", createdAt, payBefore];
    });
    await pool.query(
      "INSERT INTO orders (id, user_id, quantity, amount_minor, state, created_at, pay_before) VALUES ? ON DUPLICATE KEY UPDATE id = id",
      [rows],
    );
    channel.ack(batch.at(-1) as ConsumeMessage, true);
  }
  isWriting = false;
}

await channel.consume(queueOf(config), (message) => {
  if (!message) return;
  waiting.push(message);
  // After the messages that have arrived with this one.
  setImmediate(() => void drain());
});
process.send?.("ready");
