/** The parts of Node's Buffer that are used; its own types would bring all of Node's globals along. */
declare module "node:buffer" {
  export class Buffer extends Uint8Array<ArrayBuffer> {
    static from(text: string, encoding: "latin1"): Buffer;
    static from(buffer: ArrayBufferLike, offset: number, length: number): Buffer;
    override toString(encoding?: "latin1"): string;
  }
}
