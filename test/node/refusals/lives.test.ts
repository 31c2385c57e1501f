import { describe, expect, it } from "vitest";
import { ROUNDS_MAX } from "../../../bench/refusals/options.ts";
import { LIFE_ROUNDS, livesOf } from "../../../bench/refusals/rounds.ts";

describe("the servers of a run", () => {
  it.each([
    [1, [1]],
    [LIFE_ROUNDS - 1, [LIFE_ROUNDS - 1]],
    [LIFE_ROUNDS, [LIFE_ROUNDS]],
    [LIFE_ROUNDS + 1, [3, 3]],
    [25, [5, 5, 5, 5, 5]],
  ])("share %i rounds as %j", (rounds, lives) => {
    expect(livesOf(rounds)).toEqual(lives);
  });

  it("lose no round of the longest run", () => {
    const lives = livesOf(ROUNDS_MAX);
    expect(lives.reduce((sum, rounds) => sum + rounds)).toBe(ROUNDS_MAX);
    expect(Math.max(...lives)).toBeLessThanOrEqual(LIFE_ROUNDS);
  });
});
