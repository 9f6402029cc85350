import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Ban, CircleCheck, CircleSlash, TimerOff } from 'lucide-react';
import { useCallback, useMemo } from 'react';
import { ApiTokenService, type ApiToken } from '../../gen/holdfast/apitokens/v1/apitokens_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { day } from '../../lib/format';
import { Badge } from '../../ui/badge';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { RecordList, type Column } from '../../ui/list';
import { Person } from '../../ui/person';
import { Ago, useNow } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { stateOf } from './state';
import { useWords } from './words';

const everybodys = { all: 'true' };
const looks = { good: ['good', CircleCheck], revoked: ['neutral', CircleSlash], ended: ['neutral', TimerOff] } as const;

/** TokenList is everybody's API tokens: whom they act for, when they were used last, and when they end. */
export function TokenList() {
  const t = useWords();
  const ui = useShared();
  const now = useNow(60);
  const navigate = useNavigate();
  const act = useAct(ApiTokenService.method.revokeApiToken);
  const { mutate, mutateAsync } = act;
  const ask = useCallback(
    (x: ApiToken) =>
      void confirm({ title: t('revokeOne', { name: x.name }), text: t('revokeText'), action: t('revoke'), danger: true }).then((yes) => yes && mutate({ id: x.id, version: x.version }, { onError: failed })),
    [t, mutate],
  );
  const columns = useMemo<Column<ApiToken>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (x) => x.name },
      { key: 'owner', label: t('owner'), width: 190, cell: (x) => <Person person={x.owner} /> },
      {
        key: 'state', label: t('state'), width: 130,
        cell: (x) => {
          const state = stateOf(x, now);
          const [tone, icon] = looks[state];
          return <Badge tone={tone} icon={icon}>{t(`state.${state}`)}</Badge>;
        },
      },
      { key: 'last_used_at', label: t('used'), sort: true, width: 140, cell: (x) => (x.lastUsedAt ? <Ago at={x.lastUsedAt} /> : ui('never')) },
      { key: 'expires_at', label: t('expires'), sort: true, width: 120, cell: (x) => (x.expiresAt ? day(x.expiresAt) : ui('never')) },
      { key: 'scopes', label: t('scopes'), cell: (x) => <span className="hf-num">{x.scopes.join(' ')}</span> },
      { key: 'prefix', label: t('prefix'), width: 120, cell: (x) => <span className="hf-num">{x.prefix}</span> },
      { key: 'created_at', label: t('created'), sort: true, width: 140, hidden: true, cell: (x) => <Ago at={x.createdAt} /> },
      {
        key: 'revoke', label: t('revoke'), width: 120,
        cell: (x) =>
          stateOf(x, now) === 'good' && (
            <Button size="compact-xs" variant="default" aria-label={`${t('revoke')}: ${x.name}`} onClick={() => ask(x)}>
              {t('revoke')}
            </Button>
          ),
      },
    ],
    [t, ui, now, ask],
  );
  return (
    <RecordList
      word="apitokens"
      title={t('title')}
      empty={t('empty')}
      method={ApiTokenService.method.listApiTokens}
      fixed={everybodys}
      order="name"
      name={(x) => x.name}
      columns={columns}
      filters={[{ key: 'owner_id', label: t('owner'), kind: 'record', records: UserService.method.listColleagues }]}
      bulk={[{ label: t('revoke'), icon: Ban, danger: true, confirm: t('revokeMany'), needs: ApiTokenService.method.revokeApiToken, run: (x) => mutateAsync({ id: x.id, version: x.version }) }]}
      actions={
        <Button size="xs" variant="default" onClick={() => void navigate({ href: '/profile?tab=tokens' })}>
          {t('own')}
        </Button>
      }
      onOpen={() => undefined}
    />
  );
}
