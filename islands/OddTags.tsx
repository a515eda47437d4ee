/** @jsxImportSource preact */
/** What is odd about a reading's time, beside it: a sign and a word. */
import { ODD_TITLES, ODD_WORDS } from "../src/browser/odd_readings.ts";
import type { FlagName } from "../src/model/reading.ts";
import { Icon } from "./Icon.tsx";

export function OddTags({ flags }: { readonly flags: readonly FlagName[] | undefined }) {
  if (flags === undefined || flags.length === 0) return null;
  return (
    <>
      {flags.map((flag) => (
        <span key={flag} class="odd-tag" title={ODD_TITLES[flag]}>
          <Icon name="warning" /> {ODD_WORDS[flag]}
        </span>
      ))}
    </>
  );
}
