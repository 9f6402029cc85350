import { Button, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { MeService } from '../../gen/holdfast/me/v1/me_pb';
import { useAct } from '../../lib/act';
import { Badge } from '../../ui/badge';
import { failed } from '../../ui/fault';
import { Loaded } from '../../ui/loaded';
import { Ago } from '../../ui/time';
import { useWords } from './words';

/** program is a browser's name as people know it. */
function program(agent: string): string {
  const browser = /(Firefox|Edg|OPR|Chrome|Safari)\/(\d+)/.exec(agent.includes('Edg/') ? agent.replace(/Chrome\/\d+/, '') : agent);
  const system = /Windows|Mac OS X|Android|iPhone|iPad|Linux/.exec(agent)?.[0];
  return browser ? [`${browser[1] === 'Edg' ? 'Edge' : browser[1]} ${browser[2]}`, system].filter(Boolean).join(', ') : agent;
}

/** Sessions lists where the person is signed in, and ends what they name. */
export function Sessions() {
  const t = useWords();
  const query = useQuery(MeService.method.listLoginSessions, { perPage: 100 });
  const end = useAct(MeService.method.revokeLoginSession, { onError: failed });
  const endAll = useAct(MeService.method.revokeAllLoginSessions, { onError: failed });
  return (
    <Loaded query={query}>
      {(page) => (
        <Stack gap="sm">
          <Text size="sm">{t('sessionsText')}</Text>
          <div className="hf-scroll">
            <Table aria-label={t('tab.sessions')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('sessionProgram')}</Table.Th>
                  <Table.Th>{t('sessionIP')}</Table.Th>
                  <Table.Th>{t('sessionBegun')}</Table.Th>
                  <Table.Th>{t('sessionSeen')}</Table.Th>
                  <Table.Th aria-label={t('sessionEnd')} />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {page.items.map((s) => (
                  <Table.Tr key={s.id}>
                    <Table.Td title={s.userAgent}>{program(s.userAgent)}</Table.Td>
                    <Table.Td className="hf-num">{s.ip}</Table.Td>
                    <Table.Td>
                      <Ago at={s.createdAt} />
                    </Table.Td>
                    <Table.Td>
                      <Ago at={s.lastSeenAt} />
                    </Table.Td>
                    <Table.Td ta="right">
                      {s.current ? (
                        <Badge tone="good">{t('sessionHere')}</Badge>
                      ) : (
                        <Button size="compact-xs" variant="default" onClick={() => end.mutate({ id: s.id })} aria-label={`${t('sessionEnd')}: ${program(s.userAgent)} ${s.ip}`}>
                          {t('sessionEnd')}
                        </Button>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </div>
          {page.items.length > 1 && (
            <Group>
              <Button size="xs" variant="default" loading={endAll.isPending} onClick={() => endAll.mutate({ keepCurrent: true })}>
                {t('sessionEndAll')}
              </Button>
            </Group>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
