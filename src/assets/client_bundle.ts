/**
 * The page's files inside a compiled executable: null here, and replaced by `build.ts` through
 * `embedClient` (see `build_client.ts`) while it bundles. Run from source, they are built at start.
 */

/** One file of the page, as text: its code, its style or its icon. */
export interface BundledFile {
  /** `/assets/client-1a2b3c4d.js` */
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

export const CLIENT_BUNDLE: readonly BundledFile[] | null = null;
