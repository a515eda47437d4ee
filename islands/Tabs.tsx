/** @jsxImportSource preact */
/** A row of choices, one of them taken. Links where the choice has an address, buttons elsewhere. */
import { onPlainClick } from "./plain_click.ts";

export interface Tab {
  readonly name: string;
  readonly label: string;
  /** Works without JavaScript too. */
  readonly href?: string;
}

export interface TabsProps {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly chosen: string;
  readonly onChoose: (name: string) => void;
}

export function Tabs({ label, tabs, chosen, onChoose }: TabsProps) {
  const linked = tabs.every((tab) => tab.href !== undefined);
  return (
    <div class={linked ? "tabs" : "tabs needs-script"} role="group" aria-label={label}>
      {tabs.map(({ name, label, href }) =>
        href === undefined
          ? (
            <button
              key={name}
              type="button"
              class="tab"
              aria-pressed={name === chosen}
              onClick={() => onChoose(name)}
            >
              {label}
            </button>
          )
          : (
            <a
              key={name}
              class="tab"
              href={href}
              aria-current={name === chosen ? "true" : undefined}
              onClick={onPlainClick(() => onChoose(name))}
            >
              {label}
            </a>
          )
      )}
    </div>
  );
}
