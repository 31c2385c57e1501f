import { z } from "@hono/zod-openapi";
import { PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS } from "./password-rules.ts";
import { USERNAME_MAX_CHARS, USERNAME_MIN_CHARS } from "./username.ts";

/**
 * Longest input worth normalising, in UTF-16 units: some people's characters take several, and the
 * rules count characters after normalisation.
 */
const USERNAME_INPUT_MAX = USERNAME_MAX_CHARS * 4;
const PASSWORD_INPUT_MAX = PASSWORD_MAX_CHARS * 8;

export const credentialsSchema = z
  .strictObject({
    username: z
      .string()
      .min(1)
      .max(USERNAME_INPUT_MAX)
      .openapi({
        description: `${USERNAME_MIN_CHARS} to ${USERNAME_MAX_CHARS} letters and digits of one script, with dots, dashes and underscores between them.`,
        example: "li.wei",
      }),
    password: z
      .string()
      .min(1)
      .max(PASSWORD_INPUT_MAX)
      .openapi({
        description: `${PASSWORD_MIN_CHARS} to ${PASSWORD_MAX_CHARS} characters of any kind; common passwords are refused.`,
        format: "password",
      }),
  })
  .openapi("Credentials");

export const userSchema = z
  .object({
    id: z.string(),
    username: z.string(),
    tier: z.int().min(0),
    role: z.enum(["shopper", "admin"]),
    createdAt: z.iso.datetime(),
  })
  .openapi("User");

export const accessGrantSchema = z
  .object({
    accessToken: z.string().openapi({ description: "A JWT for `Authorization: Bearer`." }),
    expiresIn: z.int().openapi({ description: "Seconds the access token is valid for." }),
  })
  .openapi("AccessGrant");

export const sessionSchema = accessGrantSchema.extend({ user: userSchema }).openapi("Session");
