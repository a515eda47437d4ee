/** Lets the page follow the viewer's taste: theme, units, zone, locale; in every tab alike. */
import { effect } from "@preact/signals";
import type { BoardModel } from "./board_model.ts";
import { formats } from "./formats.ts";
import { browserStore, PREFERENCES_KEY, readPreferences } from "./preferences.ts";
import { applyTheme, onContrastChange } from "./theme.ts";
import { timeFormat, viewerZone } from "./times.ts";

export function followTaste(model: BoardModel): void {
  const locale = viewerLocale();
  effect(() => {
    const { temperature, zone, hours } = model.taste.value;
    formats.value = { locale, temperature };
    const name = zone === "UTC" ? "UTC" : viewerZone();
    model.time.value = timeFormat(name, { locale: dateLocale(locale), hours });
  });
  effect(() => applyTheme(model.taste.value.theme));
  onContrastChange(() => applyTheme(model.taste.peek().theme));
  window.addEventListener("storage", (event) => {
    if (event.key !== PREFERENCES_KEY) return;
    const { taste } = readPreferences(browserStore());
    // Two tabs that wrote what each other had just read would never end.
    if (JSON.stringify(taste) !== JSON.stringify(model.taste.peek())) model.taste.value = taste;
  });
}

/** The browser's; `en` where it writes numbers no other way, which is the quicker one. */
function viewerLocale(): string {
  const { locale } = new Intl.NumberFormat(navigator.languages as string[]).resolvedOptions();
  return new Intl.NumberFormat(locale).format(1_234_567.5) === "1,234,567.5" ? "en" : locale;
}

function dateLocale(locale: string): string {
  return locale === "en" ? navigator.languages[0] ?? "en-GB" : locale;
}
