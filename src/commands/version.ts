/** The program's version, from package.json: one home for it. */
import manifest from "../../package.json" with { type: "json" };

export const VERSION: string = manifest.version;
