import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureSecrets } from "../../../scripts/secrets.ts";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spike-secrets-"));
  file = join(folder, ".dev.vars");
});
afterEach(() => rm(folder, { recursive: true }));

it("makes all secrets, in a file that only its owner reads", async () => {
  const { secrets, made } = await ensureSecrets(file, {});
  expect(made).toEqual(["JWT_KEYS", "ADMIN_USERNAME", "ADMIN_PASSWORD"]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const key = /^k1:([\w-]+)$/.exec(secrets.JWT_KEYS)?.[1] ?? "";
  expect(Buffer.from(key, "base64url")).toHaveLength(32);
  expect(secrets.ADMIN_USERNAME).toBe("admin");
  expect(secrets.ADMIN_PASSWORD.length).toBeGreaterThanOrEqual(20);
});

it("keeps what it made", async () => {
  const first = await ensureSecrets(file, {});
  const text = await readFile(file, "utf8");
  const second = await ensureSecrets(file, {});
  expect(second).toEqual({ secrets: first.secrets, made: [] });
  expect(await readFile(file, "utf8")).toBe(text);
});

it("makes new ones each time", async () => {
  const first = await ensureSecrets(file, {});
  await rm(file);
  const second = await ensureSecrets(file, {});
  expect(second.secrets.JWT_KEYS).not.toBe(first.secrets.JWT_KEYS);
  expect(second.secrets.ADMIN_PASSWORD).not.toBe(first.secrets.ADMIN_PASSWORD);
});

it("fills what is empty, keeps the rest of the file, and takes the right to read it from others", async () => {
  await writeFile(file, '# mine\nADMIN_PASSWORD="chosen by me"\nJWT_KEYS=""\nOTHER=1\n', { mode: 0o644 });
  const { secrets, made } = await ensureSecrets(file, {});
  expect(made).toEqual(["JWT_KEYS", "ADMIN_USERNAME"]);
  expect(secrets.ADMIN_PASSWORD).toBe("chosen by me");
  const text = await readFile(file, "utf8");
  expect(text).toBe(
    `# mine\nADMIN_PASSWORD="chosen by me"\nOTHER=1\nJWT_KEYS="${secrets.JWT_KEYS}"\nADMIN_USERNAME="admin"\n`,
  );
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it("prefers the environment and stores none of it", async () => {
  const environment = { JWT_KEYS: "e:AAAA", ADMIN_USERNAME: "root", ADMIN_PASSWORD: "from outside" };
  expect(await ensureSecrets(file, environment)).toEqual({ secrets: environment, made: [] });
  await expect(stat(file)).rejects.toThrow("ENOENT");
});
