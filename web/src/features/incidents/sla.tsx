import { Progress, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { IncidentService, type SlaClock } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { dateTime, span } from '../../lib/format';
import { Loaded } from '../../ui/loaded';
import { useNow } from '../../ui/time';
import { Clock } from './looks';
import { useWords } from './words';

/** Levels explains both clocks of an incident: each stretch of time, and why it counted or did not. */
export function Levels({ id }: { id: string }) {
  const t = useWords();
  const query = useQuery(IncidentService.method.getIncidentSla, { id }, { refetchInterval: 60_000 });
  return (
    <Loaded query={query} height={160}>
      {(sla) => (
        <Stack gap="lg">
          <Text size="sm" className="hf-quiet">
            {t(sla.policyRevision ? 'clocksText' : 'clocksUsual', { priority: sla.priority, revision: sla.policyRevision })}
          </Text>
          {sla.response ? <Explained name={t('response')} clock={sla.response} /> : <Text size="sm">{`${t('response')}: ${t('noTarget')}`}</Text>}
          {sla.resolve ? <Explained name={t('resolve')} clock={sla.resolve} /> : <Text size="sm">{`${t('resolve')}: ${t('noTarget')}`}</Text>}
        </Stack>
      )}
    </Loaded>
  );
}

function Explained({ name, clock }: { name: string; clock: SlaClock }) {
  const t = useWords();
  const now = useNow(20);
  const used = Math.min(100, clock.percent);
  const tone = clock.breached ? 'var(--hf-critical)' : clock.percent >= 75 ? 'var(--hf-medium)' : 'var(--hf-good)';
  const reading = clock.doneAt
    ? ({ is: 'done', late: clock.breached } as const)
    : clock.dueAt
      ? ({ is: 'running', seconds: (timestampMs(clock.dueAt) - now) / 1000 } as const)
      : ({ is: 'paused' } as const);
  return (
    <section>
      <h3 className="hf-subhead">
        {name} <Clock reading={reading} />
      </h3>
      <Progress value={used} color={tone} size="sm" aria-label={t('target', { elapsed: span(clock.elapsedSeconds), target: span(clock.targetSeconds) })} />
      <Text size="sm" className="hf-quiet" mt={4}>
        {t('target', { elapsed: span(clock.elapsedSeconds), target: span(clock.targetSeconds) })} · {clock.calendar ? t('calendar', { name: clock.calendar }) : t('roundTheClock')}
        {clock.dueAt && ` · ${t('due')} ${dateTime(clock.dueAt)}`}
      </Text>
      <Table.ScrollContainer minWidth={460} type="native" tabIndex={0} role="region" aria-label={name}>
        <Table mt="xs" verticalSpacing={4} aria-label={name}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('from')}</Table.Th>
              <Table.Th>{t('until')}</Table.Th>
              <Table.Th>{t('counted')}</Table.Th>
              <Table.Th>{t('why')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {clock.intervals.map((x, i) => (
              <Table.Tr key={i}>
                <Table.Td className="hf-tab">{dateTime(x.from)}</Table.Td>
                <Table.Td className="hf-tab">{dateTime(x.until)}</Table.Td>
                <Table.Td className="hf-tab">{span(x.countedSeconds)}</Table.Td>
                <Table.Td>
                  {t(x.running ? 'ran' : 'stood')} · {x.why.replace(x.status.replaceAll('_', ' '), useWords.known(`status.${x.status}`) ?? '$&')}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
