import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { AtSign, CheckCheck, Eye, Flame, Merge, TimerOff, UserCheck, type LucideIcon } from 'lucide-react';
import { useMemo } from 'react';
import { ListNotificationsRequestSchema, NotificationService, type Notification } from '../../gen/holdfast/notifications/v1/notifications_pb';
import { useAct } from '../../lib/act';
import { useText } from '../../lib/i18n';
import { allKinds, kindOf, pathOf } from '../../lib/kinds';
import { wordsOf } from '../../lib/record';
import { Badge, type Tone } from '../../ui/badge';
import { failed } from '../../ui/fault';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useWords } from './words';

const looks: Record<string, [Tone, LucideIcon]> = {
  assigned: ['neutral', UserCheck], mentioned: ['neutral', AtSign], watched: ['neutral', Eye], sla_warning: ['high', TimerOff], sla_breach: ['critical', Flame], merged: ['neutral', Merge],
};
const causes = wordsOf(ListNotificationsRequestSchema.field.cause);

/** NotificationList is what the person was told. Opening one reads it and leads to its record. */
export function NotificationList() {
  const t = useWords();
  const text = useText();
  const navigate = useNavigate();
  const read = useAct(NotificationService.method.markRead, { onError: failed });
  const columns = useMemo<Column<Notification>[]>(
    () => [
      {
        key: 'record', label: t('what'), main: true,
        cell: (n) => (
          <span style={{ fontWeight: n.readAt ? 400 : 600 }}>
            {!n.readAt && <span className="hf-unread" role="img" aria-label={t('unreadMark')} />}
            {n.record?.number && <span className="hf-num">{n.record.number} </span>}
            {n.record?.label}
          </span>
        ),
      },
      {
        key: 'cause', label: t('cause'), width: 220,
        cell: (n) => (
          <Badge tone={looks[n.cause]?.[0]} icon={looks[n.cause]?.[1]}>
            {useWords.word(`cause.${n.cause}`)}
          </Badge>
        ),
      },
      { key: 'detail', label: t('detail'), cell: (n) => n.detail },
      { key: 'by', label: t('by'), width: 190, cell: (n) => <Person person={n.by} /> },
      { key: 'created_at', label: t('at'), sort: true, width: 130, cell: (n) => <Ago at={n.createdAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="notifications"
      title={t('title')}
      empty={t('empty')}
      method={NotificationService.method.listNotifications}
      order="-created_at"
      name={(n) => [n.record?.number, n.record?.label].filter(Boolean).join(' ')}
      columns={columns}
      filters={[
        { key: 'unread', label: t('unread'), kind: 'flag' },
        { key: 'cause', label: t('cause'), options: useWords.choices('cause', causes) },
        { key: 'record_kind', label: t('kind'), options: allKinds().map((k) => ({ value: k.kind, label: text(k.label) })) },
      ]}
      onOpen={(n) => {
        if (!n.readAt) read.mutate({ ids: [n.id] });
        const to = kindOf(n.recordKind) && pathOf(n.recordKind, n.recordId);
        if (to) void navigate({ to });
      }}
      bulk={[{ label: t('read'), icon: CheckCheck, needs: NotificationService.method.markRead, run: (n) => read.mutateAsync({ ids: [n.id] }) }]}
      actions={
        <Button size="xs" variant="default" leftSection={<CheckCheck size={14} aria-hidden />} loading={read.isPending} onClick={() => read.mutate({ all: true })}>
          {t('readAll')}
        </Button>
      }
    />
  );
}
