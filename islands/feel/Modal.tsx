/** @jsxImportSource preact */
/** A dialog over the page: Esc, a click beside it or its button close it, and focus goes back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { BoardModel, DialogName } from "../../src/browser/board_model.ts";
import { Icon } from "../Icon.tsx";

export interface ModalProps {
  readonly model: BoardModel;
  /** Which of the page's dialogs this is. */
  readonly name: DialogName;
  readonly title: string;
  /** Without a head of its own: the title is only heard. */
  readonly bare?: boolean;
  readonly class: string;
  readonly children: ComponentChildren;
}

/** Closes it, unless another one has taken its place: a dialog's own `close` comes late. */
export function closeDialog(model: BoardModel, name: DialogName): void {
  if (model.dialog.peek() === name) model.dialog.value = null;
}

export function Modal({ model, name, title, bare = false, class: look, children }: ModalProps) {
  const onClose = () => closeDialog(model, name);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.addEventListener("close", onClose);
    element.showModal();
    return () => {
      // Its own `close` comes late, when the next dialog may already be open.
      element.removeEventListener("close", onClose);
      element.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`modal ${look}`}
      aria-label={title}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div class="modal-body">
        {!bare && (
          <header class="modal-head">
            <h2 class="panel-title">{title}</h2>
            <button type="button" class="icon-button" aria-label="Close" onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
        )}
        {children}
      </div>
    </dialog>
  );
}
