/** The style of views beside the overview, of dialogs and of uPlot; comes with the first of them. */
let asked: Promise<void> | null = null;

/** Resolves once it applies; rejects where it can't be had, and asks anew the next time. */
export function viewsStyle(): Promise<void> {
  return asked ??= load().catch((error: unknown) => {
    asked = null;
    throw error;
  });
}

function load(): Promise<void> {
  const href = document.documentElement.dataset["views"];
  // The server links it where the address names such a view.
  if (href === undefined || document.querySelector(`link[href="${href}"]`) !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = href;
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error(`Cannot load the style ${href}`));
    };
    document.head.append(link);
  });
}
