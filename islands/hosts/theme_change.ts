/** Tells when the style sheet's colours change: the system's scheme, or a theme chosen on the page. */

/** Returns how to stop. */
export function onThemeChange(changed: () => void): () => void {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", changed);
  // A theme that the viewer chose stands on the root.
  const root = new MutationObserver(changed);
  root.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    scheme.removeEventListener("change", changed);
    root.disconnect();
  };
}
