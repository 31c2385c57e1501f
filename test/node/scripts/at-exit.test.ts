import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { inProject } from "../../../scripts/project.ts";

/** What a process prints that asks for these things to be done at its exit, and then exits. */
function printed(script: string): string {
  const source = `import { atExit } from ${JSON.stringify(inProject("scripts/at-exit.ts"))}; ${script}`;
  return execFileSync(process.execPath, ["--input-type=module", "--eval", source], { encoding: "utf8" });
}

it("does at the exit what was asked for last first, and not what was taken back", () => {
  const script = `
    const say = (what) => () => console.log(what);
    atExit(say("folder"));
    const keep = atExit(say("another folder"));
    atExit(say("server"));
    keep();
    keep();
    process.exit(0);`;
  expect(printed(script)).toBe("server\nfolder\n");
});

it("listens once for however many, and not when nothing is left", () => {
  const script = `
    const listeners = () => process.listenerCount("exit");
    const before = listeners();
    const all = Array.from({ length: 50 }, () => atExit(() => {}));
    const during = listeners();
    for (const keep of all) keep();
    console.log(during - before, listeners() - before);`;
  expect(printed(script)).toBe("1 0\n");
});
