import { expect, test } from "bun:test";
import { LIMITS } from "../../src/limits.ts";
import { HttpError } from "../../src/server/http_error.ts";
import { type BodyOptions, readIngestBody } from "../../src/server/ingest_body.ts";
import { SimulatedClock } from "../workers/support/simulated_clock.ts";

function placeOf(bytesMax = Infinity) {
  const place = {
    held: 0,
    hold: (bytes: number) => (place.held += bytes) <= bytesMax,
  };
  return place;
}

function optionsOf(place: ReturnType<typeof placeOf>, clock = new SimulatedClock()): BodyOptions {
  return { encoding: null, bytesMax: 1_000, place, clock };
}

/** A body of which the test gives piece by piece. */
function slowRequest() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const state = { isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (state.isCancelled = true),
  });
  const request = new Request("http://127.0.0.1/ingest", { method: "POST", body });
  return { request, controller, state };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);
const codeOf = (error: unknown) => error instanceof HttpError ? error.code : error;

test("a body in pieces is read to its end, and its bytes are held", async () => {
  const { request, controller } = slowRequest();
  const place = placeOf();
  const read = readIngestBody(request, optionsOf(place));
  controller.enqueue(bytesOf("12"));
  controller.enqueue(bytesOf("345"));
  controller.close();
  expect(new TextDecoder().decode(await read)).toBe("12345");
  expect(place.held).toBe(5);
});

test("a body that is not there in time is refused, and no more of it is read", async () => {
  const { request, controller, state } = slowRequest();
  const clock = new SimulatedClock();
  const read = readIngestBody(request, optionsOf(placeOf(), clock)).catch(codeOf);
  controller.enqueue(bytesOf("12"));
  await clock.advance(LIMITS.ingestReadMsMax);
  expect(await read).toBe("body_too_slow");
  expect(state.isCancelled).toBe(true);
});

test("a body that breaks off is refused", async () => {
  const { request, controller } = slowRequest();
  const read = readIngestBody(request, optionsOf(placeOf())).catch(codeOf);
  controller.enqueue(bytesOf("12"));
  controller.error(new Error("reset"));
  expect(await read).toBe("body_broken_off");
});

test("a body for which there is no memory is refused while it comes", async () => {
  const { request, controller, state } = slowRequest();
  const read = readIngestBody(request, optionsOf(placeOf(3))).catch(codeOf);
  controller.enqueue(bytesOf("12"));
  controller.enqueue(bytesOf("34"));
  expect(await read).toBe("too_busy");
  expect(state.isCancelled).toBe(true);
});

test("a body that is larger than its path takes is refused", async () => {
  const request = new Request("http://127.0.0.1/", { method: "POST", body: "x".repeat(1_001) });
  expect(await readIngestBody(request, optionsOf(placeOf())).catch(codeOf)).toBe("body_too_large");
});
