/** @jsxImportSource preact */
/** Says that what is seen is simulated, and how the first real line gets in. */
import { firstLine } from "../src/browser/first_line.ts";
import { Icon } from "./Icon.tsx";
import type { IslandProps } from "./island.ts";

export function FirstRun({ model, actions }: IslandProps) {
  const status = model.status.value;
  if (status.mode !== "demo" || model.firstRunClosed.value) return null;
  const steps = firstLine(status);
  return (
    <section class="first-run" aria-label="Demo">
      <details>
        <summary>
          <span class="tag">Demo</span>
          <span>
            This is a simulated fleet. <strong>Send your own first line</strong>
          </span>
          <Icon name="chevron" />
        </summary>
        <ol class="steps">
          {steps.flag !== null && (
            <li>
              Start rackwatch again with a door for your own machines, by this flag:
              <pre><code>{steps.flag}</code></pre>
            </li>
          )}
          <li>
            Push one line from any shell:
            <pre><code>{steps.push}</code></pre>
          </li>
          <li>
            It shows up below among the newest readings, as host <code>{steps.host}</code> in region
            {" "}
            <code>{steps.region}</code>.
          </li>
        </ol>
        <p class="quiet">
          Any JSON line with a host, a time and a measure will do; other names and units are
          declared in <code>rackwatch.toml</code>. Started with{" "}
          <code>--no-demo</code>, the simulation stays away.
        </p>
      </details>
      <button
        type="button"
        class="icon-button needs-script"
        aria-label="Close this note"
        onClick={() => actions.closeFirstRun()}
      >
        <Icon name="close" />
      </button>
    </section>
  );
}
