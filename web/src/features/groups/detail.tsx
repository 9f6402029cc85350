import { Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Copy, History, Lock, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { AuditService } from '../../gen/holdfast/audit/v1/audit_pb';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { Badge } from '../../ui/badge';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { RailRow } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { GroupForm } from './form';
import { Matrix } from './matrix';
import { useWords } from './words';

/** GroupPage is a group on a page of its own. */
export function GroupPage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <GroupDetail id={id} onGone={() => void navigate({ to: '/groups' })} />;
}

/** GroupDetail is a group, on the page and in the panel over the list. */
export function GroupDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const navigate = useNavigate();
  const [copying, setCopying] = useState(false);
  const query = useQuery(GroupService.method.getGroup, { id });
  const remove = useAct(GroupService.method.deleteGroup, { onError: failed, onSuccess: onGone });
  return (
    <Loaded query={query}>
      {(group) => {
        const mayUpdate = may(GroupService.method.updateGroup) && !group.isBuiltin;
        const actions: Act[] = [];
        if (mayUpdate) actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        if (may(GroupService.method.createGroup)) actions.push({ label: t('copy'), icon: Copy, onClick: () => setCopying(true) });
        if (may(AuditService.method.listAuditEvents)) {
          actions.push({ label: ui('history'), icon: History, menu: true, onClick: () => void navigate({ href: `/audit?record_id=${group.id}` }) });
        }
        if (may(GroupService.method.deleteGroup) && !group.isBuiltin) {
          actions.push({
            label: t('delete'), icon: Trash2, danger: true, menu: true,
            onClick: () =>
              void confirm({ title: ui('deleteTitle', { name: group.name }), text: t('deleteText'), action: t('delete'), danger: true }).then(
                (yes) => yes && remove.mutate({ id: group.id, version: group.version }),
              ),
          });
        }
        return (
          <>
            <RecordView
              title={group.name}
              badges={group.isBuiltin && <Badge icon={Lock}>{t('builtin')}</Badge>}
              actions={actions}
              tabs={[{ key: 'permissions', label: t('permissions'), content: <Matrix value={group.permissions} /> }]}
              rail={
                <>
                  <RailRow label={t('created')}>
                    <Ago at={group.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={group.updatedAt} />
                  </RailRow>
                </>
              }
            >
              <Text size="sm">{group.description}</Text>
              {group.isBuiltin && (
                <Text size="sm" className="hf-quiet" mt="xs">
                  {t('builtinNote')}
                </Text>
              )}
            </RecordView>
            {mayUpdate && 'edit' in search && <GroupForm group={group} onClose={() => change({ edit: undefined })} />}
            {copying && <GroupForm from={group} onClose={() => setCopying(false)} />}
          </>
        );
      }}
    </Loaded>
  );
}
