import { useMemo } from 'react';
import { ClientService, type Client } from '../../gen/holdfast/clients/v1/clients_pb';
import { RecordList, type Column } from '../../ui/list';
import { Ago } from '../../ui/time';
import { ClientDetail } from './detail';
import { ClientForm } from './form';
import { useWords } from './words';

/** ClientList is the list of clients. */
export function ClientList() {
  const t = useWords();
  const columns = useMemo<Column<Client>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (c) => c.name },
      { key: 'primary_contact_name', label: t('primary_contact_name'), cell: (c) => c.primaryContactName },
      { key: 'primary_contact_email', label: t('primary_contact_email'), cell: (c) => c.primaryContactEmail },
      { key: 'updated_at', label: t('updated'), sort: true, width: 140, cell: (c) => <Ago at={c.updatedAt} /> },
      { key: 'created_at', label: t('created'), sort: true, hidden: true, width: 140, cell: (c) => <Ago at={c.createdAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="clients"
      title={t('heading')}
      empty={t('empty')}
      method={ClientService.method.listClients}
      order="name"
      name={(c) => c.name}
      columns={columns}
      create={{ label: t('new'), needs: ClientService.method.createClient, form: (close) => <ClientForm onClose={close} /> }}
      detail={(id) => <ClientDetail id={id} />}
    />
  );
}
