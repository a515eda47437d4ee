/** Opens a page in the person's browser; where that can't be done the printed URL has to do. */

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
  linux: ["xdg-open"],
};

export function openBrowser(url: string): void {
  const [program, ...words] = OPENERS[process.platform] ?? [];
  if (program === undefined || Bun.which(program) === null) return;
  Bun.spawn([program, ...words, url], { stdin: "ignore", stdout: "ignore", stderr: "ignore" })
    .unref();
}
