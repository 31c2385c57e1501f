import { DurableObject } from "cloudflare:workers";

export class SpikeGate extends DurableObject<Env> {}
