/** @jsxImportSource preact */
/** A refused line as it came, as text: what can't be seen gets a sign, what is long is cut. */
import { useSignal } from "@preact/signals";
import { formatNumber } from "../../src/browser/format.ts";
import { rawParts, shortened } from "../../src/browser/raw_text.ts";

export function RawText({ raw }: { readonly raw: string }) {
  const isWhole = useSignal(false);
  if (raw === "") return <p class="note">No text is kept of it.</p>;
  const cut = shortened(raw);
  const shown = isWhole.value || cut === null ? raw : cut;
  return (
    <div class="raw">
      <pre class="raw-text" dir="ltr"><code>
        {rawParts(shown).map(({ text, hidden }, index) =>
          hidden ? <span key={index} class="raw-hidden">{text}</span> : text
        )}
        {shown !== raw && <span class="quiet">…</span>}
      </code></pre>
      {cut !== null && (
        <button
          type="button"
          class="link-button"
          aria-expanded={isWhole.value}
          onClick={() => isWhole.value = !isWhole.value}
        >
          {isWhole.value ? "Show less" : `Show all ${formatNumber(raw.length)} characters`}
        </button>
      )}
    </div>
  );
}
