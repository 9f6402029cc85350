import { MultiSelect } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ClientService } from '../../gen/holdfast/clients/v1/clients_pb';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { useMay } from '../../lib/me';
import { RecordSelect } from '../../ui/recordselect';
import { useWords } from './words';

interface Field<V> {
  label: string;
  error?: ReactNode;
  value: V;
  required?: boolean;
}

/** GroupChoice chooses the groups of a member by name. */
export function GroupChoice(field: Field<string[]> & { onChange: (v: string[]) => void }) {
  const may = useMay();
  const query = useQuery(GroupService.method.listGroups, may(GroupService.method.listGroups) ? { perPage: 100, orderBy: 'name' } : skipToken);
  const data = (query.data?.items ?? []).map((g) => ({ value: g.id, label: g.name }));
  return <MultiSelect {...field} data={data} searchable clearable comboboxProps={{ withinPortal: true }} disabled={!query.data} />;
}

/** ClientChoice narrows a member to one client. */
export function ClientChoice(field: Field<string> & { onChange: (v: string | null) => void }) {
  const t = useWords();
  const may = useMay();
  if (!may(ClientService.method.listClients)) return null;
  return <RecordSelect {...field} records={ClientService.method.listClients} description={t('clientHint')} onChange={(id) => field.onChange(id || null)} />;
}
