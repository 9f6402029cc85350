import { ActionIcon, Popover, Tooltip } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { AtSign } from 'lucide-react';
import { useState } from 'react';
import { UserService } from '../gen/holdfast/users/v1/users_pb';
import { useMay } from '../lib/me';
import { transport } from '../lib/transport';
import { failed } from './fault';
import { RecordSelect } from './recordselect';
import { useWords } from './words';

/** Mention chooses a person and gives what a text mentions them by. Whoever may not list people writes the address by hand. */
export function Mention({ onPick }: { onPick: (address: string) => void }) {
  const t = useWords();
  const may = useMay();
  const [open, setOpen] = useState(false);
  if (!may(UserService.method.listUsers)) return null;
  const pick = async (id: string) => {
    setOpen(false);
    if (!id) return;
    try {
      const { email } = await callUnaryMethod(transport, UserService.method.getUser, { id });
      if (email) onPick(email);
    } catch (thrown) {
      failed(thrown);
    }
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus returnFocus position="bottom-end" withinPortal>
      <Popover.Target>
        <Tooltip label={t('mention')}>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('mention')} onClick={() => setOpen((o) => !o)}>
            <AtSign size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown>
        <RecordSelect aria-label={t('mention')} records={UserService.method.listUsers} value="" onChange={(id) => void pick(id)} w={240} data-autofocus comboboxProps={{ withinPortal: false }} />
      </Popover.Dropdown>
    </Popover>
  );
}
