/** @jsxImportSource preact */
/** The browser's entry: reads what the server handed over, brings the islands to life, starts. */
import { effect } from "@preact/signals";
import { hydrate } from "preact";
import { BoardModel } from "../src/browser/board_model.ts";
import { createDashboard } from "../src/browser/dashboard.ts";
import type { PageState } from "../src/browser/page_state.ts";
import { Placed } from "./placed.tsx";
import type { IslandName } from "./registry.ts";

const state = JSON.parse(document.getElementById("page-state")?.textContent ?? "") as PageState;
const model = new BoardModel(state);
const dashboard = createDashboard(model);

for (const element of document.querySelectorAll<HTMLElement>("[data-island]")) {
  const name = element.dataset.island as IslandName;
  hydrate(<Placed name={name} model={model} actions={dashboard.actions} />, element);
}

const root = document.documentElement;
root.classList.add("scripted");
effect(() => {
  root.dataset.stream = model.connection.value.tone;
  root.dataset.view = model.view.value;
  root.toggleAttribute("data-wall", model.chosen.value.wall);
  root.dataset.time = model.isLive.value ? "live" : "past";
});
dashboard.start();
