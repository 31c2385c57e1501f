/** For `vi.waitFor`: its own second is too short for a machine that is busy with other tests. */
export const PATIENCE = { timeout: 60_000, interval: 50 };
