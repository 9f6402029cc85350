import { Kbd, Modal, Table } from '@mantine/core';
import { useKeyWords } from './keywords';

const rows = [
  ['palette', ['Ctrl/Cmd', 'K']], ['help', ['?']], ['search', ['/']], ['down', ['j']], ['up', ['k']], ['open', ['Enter']], ['pick', ['x']], ['create', ['c']], ['edit', ['e']],
  ['save', ['Ctrl/Cmd', 'Enter']], ['close', ['Esc']],
] as const;

/** KeyHelp lists the keys. */
export default function KeyHelp({ onClose }: { onClose: () => void }) {
  const t = useKeyWords();
  return (
    <Modal opened onClose={onClose} title={t('title')} size="md" closeButtonProps={{ 'aria-label': t('close') }}>
      <Table>
        <Table.Tbody>
          {rows.map(([word, keys]) => (
            <Table.Tr key={word}>
              <Table.Td>{t(word)}</Table.Td>
              <Table.Td style={{ textAlign: 'right', whiteSpace: 'nowrap' }}>
                {keys.map((k) => (
                  <Kbd key={k} ml={4}>
                    {k}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
