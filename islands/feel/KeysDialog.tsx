/** @jsxImportSource preact */
/** All keys, from the very table that they are read by. */
import { KEY_BINDINGS, KEY_GROUPS, keyParts } from "../../src/browser/keys.ts";
import { PLACE_KEYS } from "../../src/browser/place_keys.ts";
import type { IslandProps } from "../island.ts";
import { Modal } from "./Modal.tsx";

export function KeysDialog({ model }: IslandProps) {
  return (
    <Modal model={model} name="keys" title="Keys" class="keys-dialog">
      {!model.taste.value.singleKeys && (
        <p class="note">Single keys are switched off in the preferences.</p>
      )}
      <div class="key-groups">
        {KEY_GROUPS.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl class="key-list">
              {KEY_BINDINGS.filter((binding) => binding.group === group).map(
                ({ keys, command, label }) => (
                  <div key={command}>
                    <dt>{label}</dt>
                    <dd>
                      <AnyOf keys={keys} />
                    </dd>
                  </div>
                ),
              )}
            </dl>
          </section>
        ))}
        {PLACE_KEYS.map(({ place, keys: lines }) => (
          <section key={place}>
            <h3>{place}</h3>
            <dl class="key-list">
              {lines.map(([label, ...keys]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>
                    <AnyOf keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function AnyOf({ keys }: { readonly keys: readonly string[] }) {
  return (
    <>
      {keys.map((key, index) => (
        <span key={key}>
          {index > 0 && " or "}
          <Keys of={key} />
        </span>
      ))}
    </>
  );
}

export function Keys({ of }: { readonly of: string }) {
  return (
    <>
      {keyParts(of).map((part, index) => <kbd key={index}>{part}</kbd>)}
    </>
  );
}
