/** Who is asking, as the access token says. */
export interface Identity {
  userId: string;
  role: "shopper" | "admin";
  /** Star level, 0 for a new account. */
  tier: number;
  /** When the account was made, epoch seconds. */
  registeredAt: number;
}
