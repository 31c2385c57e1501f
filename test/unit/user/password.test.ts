import { describe, expect, it } from "vitest";
import { messageOfComplaint } from "../../../workers/shared/complaints.ts";
import { hashPassword, needsRehash, verifyPassword } from "../../../workers/user/password-hash.ts";
import {
  PASSWORD_MAX_CHARS,
  PASSWORD_MIN_CHARS,
  passwordProblem,
} from "../../../workers/user/password-rules.ts";

/** What is wrong with a password, in words. */
function problem(password: string, username = "li.wei"): string | null {
  const complaint = passwordProblem(password, username);
  return complaint && messageOfComplaint(complaint);
}

describe("passwordProblem", () => {
  it("takes any 8 to 128 characters and no other number of them", () => {
    for (const character of ["x", " ", "密", "😀"]) {
      expect(problem(character.repeat(PASSWORD_MIN_CHARS - 1))).toContain("at least 8");
      expect(problem(character.repeat(PASSWORD_MAX_CHARS))).toBeNull();
      expect(problem(character.repeat(PASSWORD_MAX_CHARS + 1))).toContain("at most 128");
    }
    expect(problem("t7#kQ2!m")).toBeNull();
  });

  it("counts after normalisation", () => {
    expect(problem("e\u0301".repeat(PASSWORD_MIN_CHARS - 1))).toContain("at least 8");
    expect(problem("ﬃ".repeat(43))).toContain("at most 128");
  });

  it.each(["password", "PassWord1", "12345678", "qwertyuiop", "ｐａｓｓｗｏｒｄ"])(
    "refuses the popular %s",
    (password) => {
      expect(problem(password)).toContain("most common");
    },
  );

  it("refuses the username with little around it, and takes it in a longer text", () => {
    expect(problem("someone.else", "someone.else")).toContain("username");
    expect(problem("Someone.Else99", "someone.else")).toContain("username");
    expect(problem("x-li.wei-li.wei", "li.wei")).toContain("username");
    expect(problem("someone.else9 lives", "someone.else")).toBeNull();
  });

  it("refuses text that is not Unicode", () => {
    expect(problem(`\ud800${"x".repeat(10)}`)).toContain("Unicode");
  });
});

describe("a password hash", () => {
  it("verifies its password in any normal form, and no other", async () => {
    const encoded = await hashPassword("grüne Äpfel");
    expect(await verifyPassword("grüne Äpfel".normalize("NFD"), encoded)).toBe(true);
    expect(await verifyPassword("grüne Apfel", encoded)).toBe(false);
    expect(await verifyPassword("", encoded)).toBe(false);
    expect(needsRehash(encoded)).toBe(false);
  });

  it("is salted", async () => {
    expect(await hashPassword("same")).not.toBe(await hashPassword("same"));
  });

  it("that nobody has is verified with a no", async () => {
    expect(await verifyPassword("anything", undefined)).toBe(false);
  });

  it("of another cost asks to be made again", () => {
    const rest = `$${"A".repeat(22)}$${"A".repeat(43)}`;
    expect(needsRehash(`$scrypt$ln=13,r=8,p=5${rest}`)).toBe(true);
    expect(needsRehash(`$scrypt$ln=14,r=8,p=1${rest}`)).toBe(true);
  });

  it.each([
    "",
    "none",
    `$argon2id$ln=14,r=8,p=5$${"A".repeat(22)}$${"A".repeat(43)}`,
    `$scrypt$ln=30,r=8,p=5$${"A".repeat(22)}$${"A".repeat(43)}`,
    `$scrypt$ln=14,r=99,p=5$${"A".repeat(22)}$${"A".repeat(43)}`,
    `$scrypt$ln=14,r=8,p=0$${"A".repeat(22)}$${"A".repeat(43)}`,
    `$scrypt$ln=14,r=8,p=5$$${"A".repeat(43)}`,
  ])("that is unreadable is an error and not a no: %j", async (encoded) => {
    await expect(verifyPassword("anything", encoded)).rejects.toThrow("unreadable");
  });
});
