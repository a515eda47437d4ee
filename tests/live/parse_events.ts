/** Server-Sent Events back from text, after the HTML Living Standard, 9.2.6; comments are left out. */
export interface ParsedEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

export function parseEvents(text: string): ParsedEvent[] {
  const events: ParsedEvent[] = [];
  let id = "";
  for (const block of text.split(/\n\n|\r\r|\r\n\r\n/)) {
    let type = "message";
    const data: string[] = [];
    for (const line of block.split(/\r\n|\r|\n/)) {
      const colon = line.indexOf(":");
      if (colon <= 0) continue;
      const field = line.slice(0, colon);
      const value = line.slice(colon + 1).replace(/^ /, "");
      if (field === "event") type = value;
      if (field === "id") id = value;
      if (field === "data") data.push(value);
    }
    if (data.length > 0) events.push({ type, id, data: data.join("\n") });
  }
  return events;
}
