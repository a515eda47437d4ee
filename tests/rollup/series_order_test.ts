import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { SeriesOrder } from "../../src/rollup/series_order.ts";
import { reading } from "./readings.ts";

const batch = fc.array(fc.option(fc.nat(40), { nil: undefined })).map((all) =>
  all.map((series, offset) => reading(series === undefined ? { offset } : { offset, series }))
);

test("readings come by their series, those of one as they came, none is lost", () => {
  const order = new SeriesOrder();
  fc.assert(fc.property(batch, (readings) => {
    const should = readings.toSorted((a, b) =>
      (a.series ?? -1) - (b.series ?? -1) || a.offset - b.offset
    );
    expect(order.bySeries(readings)).toEqual(should);
  }));
});
