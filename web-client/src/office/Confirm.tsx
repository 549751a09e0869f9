import { Form, Modal } from './Modal';

interface Props {
  title: string;
  text: string;
  send: string;
  onClose: () => void;
  /** What it throws is shown; otherwise the dialog closes. */
  onSend: () => Promise<void>;
}

/** Asks before something that is not easily undone. */
export function Confirm({ title, text, send, onClose, onSend }: Props) {
  return (
    <Modal title={title} onClose={onClose} test="confirm">
      <p>{text}</p>
      <Form
        send={send}
        danger
        onCancel={onClose}
        onSend={async () => {
          await onSend();
          onClose();
        }}
      />
    </Modal>
  );
}
