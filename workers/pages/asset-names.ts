/** The bundles a page can ask for, by the name of their source in `client/pages/`. */
export type PageScript = "list" | "sale" | "account" | "orders" | "order" | "admin";

/**
 * Where the build put the browser's files. Their names hold a digest of what is in them, so they may be
 * cached for ever, and a page never meets the script of another version.
 */
export interface AssetNames {
  styles: string;
  /** What the dashboard needs besides. */
  adminStyles: string;
  font: string;
  scripts: Record<PageScript, string>;
}

/** The build writes them here for the Worker. */
export const ASSET_NAMES_PATH = "/assets/names.json";
