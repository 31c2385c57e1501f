import { expect, it } from "vitest";
import { CommandError } from "../../../scripts/command.ts";
import { connectToMySql, readMySqlUrl } from "../../../scripts/mysql.ts";
import { freePort } from "../../../scripts/port.ts";

const GOOD = "mysql://user:p%25ss%C3%A9@db.example:3307/spike-1";

it("takes an address with a user, a password and a database", () => {
  expect(readMySqlUrl(GOOD).href).toBe(GOOD);
});

it.each([
  ["nonsense", "is no address"],
  ["127.0.0.1:3306/spike", "is no address"],
  ["postgres://root@127.0.0.1/spike", "is no address"],
  ["http://127.0.0.1:3306/spike", "is no address"],
  ["mysql:///spike", "is no address"],
  ["mysql://root:secr%et@127.0.0.1/spike", "write % itself as %25"],
  ["mysql://root:secret@127.0.0.1", "must name a database"],
  ["mysql://root:secret@127.0.0.1/", "must name a database"],
  ["mysql://root:secret@127.0.0.1/a/b", "must name a database"],
  ["mysql://root:secret@127.0.0.1/a%60b", "must name a database"],
])("says how to write MYSQL_URL instead of %s, and shows no password", (text, words) => {
  const read = () => readMySqlUrl(text);
  expect(read).toThrow(CommandError);
  expect(read).toThrow(words);
  expect(read).toThrow("mysql://user:password@host:3306/spike");
  expect(read).not.toThrow(/secr/);
});

it("says where nobody listens", async () => {
  const port = await freePort();
  const connecting = connectToMySql(readMySqlUrl(`mysql://root:secret@127.0.0.1:${port}/spike`));
  await expect(connecting).rejects.toThrow(
    `The MySQL at 127.0.0.1:${port} (MYSQL_URL) cannot be used: nobody listens`,
  );
  await expect(connecting).rejects.toThrow(CommandError);
});
