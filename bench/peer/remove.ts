import amqp from "amqplib";
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import { databaseOf, keysOf, peerConfig, queueOf } from "./config.ts";

/*
 * Removes what a run of the peer has made in Redis, RabbitMQ and MySQL. A program of its own, because one that is
 * interrupted can still run a program, but wait for no connection.
 */

const config = peerConfig();
const keys = keysOf(config);
const redis = new Redis(config.redisUrl);
await redis.del(keys.orders, keys.stock);
redis.disconnect();
const rabbit = await amqp.connect(config.rabbitUrl);
const channel = await rabbit.createChannel();
await channel.deleteQueue(queueOf(config));
await rabbit.close();
const database = await mysql.createConnection({ uri: config.mysqlUrl });
await database.query(`DROP DATABASE IF EXISTS ${databaseOf(config)}`);
await database.end();
