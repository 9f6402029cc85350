import { Lock, Trash2, Users } from 'lucide-react';
import { useMemo } from 'react';
import { GroupService, type Group } from '../../gen/holdfast/groups/v1/groups_pb';
import { useAct } from '../../lib/act';
import { Badge } from '../../ui/badge';
import { RecordList, type Column } from '../../ui/list';
import { Ago } from '../../ui/time';
import { GroupDetail } from './detail';
import { GroupForm } from './form';
import { useWords } from './words';

/** GroupList is the list of groups. */
export function GroupList() {
  const t = useWords();
  const remove = useAct(GroupService.method.deleteGroup);
  const columns = useMemo<Column<Group>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (g) => g.name },
      { key: 'is_builtin', label: t('kind'), width: 130, cell: (g) => <Badge icon={g.isBuiltin ? Lock : Users}>{t(g.isBuiltin ? 'builtin' : 'own')}</Badge> },
      { key: 'permissions', label: t('permissions'), width: 170, cell: (g) => (g.permissions.includes('*') ? t('all_permissions') : t('count', { n: g.permissions.length })) },
      { key: 'description', label: t('description'), cell: (g) => g.description },
      { key: 'updated_at', label: t('updated'), sort: true, width: 140, cell: (g) => <Ago at={g.updatedAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="groups"
      title={t('title')}
      empty={t('empty')}
      method={GroupService.method.listGroups}
      order="name"
      name={(g) => g.name}
      columns={columns}
      filters={[{ key: 'is_builtin', label: t('builtin'), kind: 'flag' }]}
      bulk={[{ label: t('delete'), icon: Trash2, danger: true, confirm: t('deleteText'), needs: GroupService.method.deleteGroup, run: (g) => remove.mutateAsync({ id: g.id, version: g.version }) }]}
      create={{ label: t('new'), needs: GroupService.method.createGroup, form: (close) => <GroupForm onClose={close} /> }}
      detail={(id, close) => <GroupDetail id={id} onGone={close} />}
    />
  );
}
