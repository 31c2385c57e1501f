import { DurableObject } from "cloudflare:workers";

export class SpikeStock extends DurableObject<Env> {}
