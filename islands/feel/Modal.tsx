/** @jsxImportSource preact */
/** A dialog over the page: Esc, a click beside it or its button close it, and focus goes back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../Icon.tsx";

export interface ModalProps {
  readonly title: string;
  /** Without a head of its own: the title is only heard. */
  readonly bare?: boolean;
  readonly class: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, bare = false, class: name, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`modal ${name}`}
      aria-label={title}
      onClose={onClose}
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
