import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ProblemNote } from './load';
import { o } from './words';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Wide enough for a table. */
  wide?: boolean;
  test?: string;
}

/** A dialog over the page: focus stays inside and goes back to where it was, Escape closes. */
export function Modal({ title, onClose, children, wide, test }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the page is painted, both ways: a key that comes at once finds the focus where it belongs.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element && !element.open) element.showModal();
    return () => {
      element?.close();
      // Not every browser gives it back by itself.
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={wide ? 'dialog office-dialog wide' : 'dialog office-dialog'}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      data-test={test}
    >
      <div class="office-dialog-head">
        <h2>{title}</h2>
        <button type="button" class="button quiet small" onClick={onClose} data-test="dialog-close">
          {o('close')}
        </button>
      </div>
      {children}
    </dialog>
  );
}

interface FormProps {
  /** Sends it; what it throws is shown, and the form stays. */
  onSend: () => Promise<void>;
  onCancel?: () => void;
  send: string;
  /** Nothing can be sent yet. */
  disabled?: boolean;
  danger?: boolean;
  children?: ComponentChildren;
  test?: string;
}

/** Fields with one way to send them, once at a time; a refusal is shown above the buttons. */
export function Form({ onSend, onCancel, send, disabled, danger, children, test }: FormProps) {
  const [problem, setProblem] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (sending || disabled) return;
    setSending(true);
    setProblem(null);
    try {
      await onSend();
    } catch (refused) {
      setProblem(refused);
    }
    setSending(false);
  };
  return (
    <form class="office-form" onSubmit={submit} data-test={test}>
      {children}
      {problem !== null && <ProblemNote problem={problem} />}
      <div class="office-form-actions">
        {onCancel && (
          <button type="button" class="button" onClick={onCancel}>
            {o('cancel')}
          </button>
        )}
        <button type="submit" class={danger ? 'button danger' : 'button primary'} disabled={disabled === true || sending} data-test="send">
          {send}
        </button>
      </div>
    </form>
  );
}

/** A labelled field. */
export function Field({ label, hint, children }: { label: string; hint?: string | undefined; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label class="field">
      <span>{label}</span>
      {children}
      {hint && <small class="muted">{hint}</small>}
    </label>
  );
}
