import { describe, expect, it } from "vitest";
import { completeLock } from "../../../scripts/complete-lock.ts";

describe("completeLock", () => {
  it("adds the binaries that are missing, each for its own system", () => {
    const packages = {
      "": {},
      "node_modules/tool": {
        version: "1.2.3",
        optionalDependencies: {
          "@tool/binding-darwin-arm64": "1.2.3",
          "@tool/binding-linux-x64-musl": "1.2.3",
          "@tool/binding-linux-x64-gnu": "1.2.3",
          "@tool/tool-windows-64": "1.2.3",
        },
      },
      "node_modules/@tool/binding-linux-x64-gnu": { version: "1.2.3", integrity: "sha512-x" },
    };
    expect(completeLock(packages)).toEqual([
      "node_modules/@tool/binding-darwin-arm64",
      "node_modules/@tool/binding-linux-x64-musl",
      "node_modules/@tool/tool-windows-64",
    ]);
    const common = { version: "1.2.3", dev: true, optional: true };
    expect(packages).toMatchObject({
      "node_modules/@tool/binding-darwin-arm64": { ...common, os: ["darwin"], cpu: ["arm64"] },
      "node_modules/@tool/binding-linux-x64-musl": { ...common, os: ["linux"], cpu: ["x64"], libc: ["musl"] },
      "node_modules/@tool/binding-linux-x64-gnu": { integrity: "sha512-x" },
      "node_modules/@tool/tool-windows-64": { ...common, os: ["win32"], cpu: ["x64"] },
    });
    expect(completeLock(packages)).toEqual([]);
  });

  it("puts the binaries of a nested package beside it, unless a folder above has them", () => {
    const tool = { optionalDependencies: { "@tool/linux-x64": "2.0.0" } };
    const nested = { "node_modules/app/node_modules/tool": tool };
    expect(completeLock({ ...nested })).toEqual(["node_modules/app/node_modules/@tool/linux-x64"]);
    expect(completeLock({ ...nested, "node_modules/@tool/linux-x64": { version: "2.0.0" } })).toEqual([]);
  });

  it("is not content with another version further up", () => {
    const packages = {
      "node_modules/@tool/linux-x64": { version: "1.0.0" },
      "node_modules/app/node_modules/tool": { optionalDependencies: { "@tool/linux-x64": "2.0.0" } },
      "node_modules/tool": { optionalDependencies: { "@tool/linux-x64": "3.0.0" } },
    };
    expect(completeLock(packages)).toEqual([
      "node_modules/app/node_modules/@tool/linux-x64",
      "node_modules/tool/node_modules/@tool/linux-x64",
    ]);
  });

  it("leaves ranges to npm, and refuses a name that tells no system", () => {
    expect(completeLock({ "node_modules/a": { optionalDependencies: { fsevents: "^2.3.2" } } })).toEqual([]);
    const packages = { "node_modules/a": { optionalDependencies: { "@a/mystery": "1.0.0" } } };
    expect(() => completeLock(packages)).toThrow("@a/mystery: for which system?");
  });
});
