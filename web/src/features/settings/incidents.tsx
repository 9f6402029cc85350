import { create } from '@bufbuild/protobuf';
import { Input, NumberInput, Select, Table, Text } from '@mantine/core';
import { PriorityCellSchema, SlaTargetSchema, type SlaTarget } from '../../gen/holdfast/settings/v1/settings_pb';
import type { SettingsForm } from './page';
import { under } from './part';
import { priorityOf, withPriority, withTarget } from './policy';
import { useWords } from './words';

const levels = [1, 2, 3];
const priorities = ['1', '2', '3', '4', '5'];

/** Incidents is what incidents are judged by. */
export function Incidents({ form }: { form: SettingsForm }) {
  const t = useWords();
  const { priorityMatrix, slaTargets, calendars, policyRevision } = form.values;
  const targets = priorities.map((p) => slaTargets.find((s) => s.priority === Number(p)) ?? create(SlaTargetSchema, { priority: Number(p) }));
  const set = (target: SlaTarget, change: Partial<Pick<SlaTarget, 'responseMinutes' | 'resolveMinutes' | 'calendar'>>) =>
    form.set('slaTargets', withTarget(slaTargets, create(SlaTargetSchema, { ...target, ...change })));
  return (
    <>
      <Input.Wrapper label={t('matrix')} description={t('matrixHint')} error={under(form, 'priority_matrix')} labelElement="div">
        <Table.ScrollContainer minWidth={380}>
        <Table mt="xs" w="auto" aria-label={t('matrix')} withTableBorder withColumnBorders>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>
                {t('impact')} \ {t('urgency')}
              </Table.Th>
              {levels.map((u) => (
                <Table.Th key={u}>{useWords.word(`level.${u}`)}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {levels.map((i) => (
              <Table.Tr key={i}>
                <Table.Th scope="row">{useWords.word(`level.${i}`)}</Table.Th>
                {levels.map((u) => (
                  <Table.Td key={u}>
                    <Select
                      w={80} size="xs" allowDeselect={false} data={priorities.map((p) => ({ value: p, label: `P${p}` }))}
                      aria-label={t('cell', { impact: useWords.word(`level.${i}`), urgency: useWords.word(`level.${u}`) })}
                      value={String(priorityOf(priorityMatrix, i, u))}
                      onChange={(p) => form.set('priorityMatrix', withPriority(priorityMatrix, i, u, Number(p)).map((c) => create(PriorityCellSchema, c)))}
                    />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        </Table.ScrollContainer>
      </Input.Wrapper>
      <Input.Wrapper label={t('targets')} description={t('targetsHint')} error={under(form, 'sla_targets')} labelElement="div">
        <Table.ScrollContainer minWidth={560}>
          <Table mt="xs" aria-label={t('targets')} withTableBorder>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('priority')}</Table.Th>
                <Table.Th>{t('response')}</Table.Th>
                <Table.Th>{t('resolve')}</Table.Th>
                <Table.Th>{t('calendar')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {targets.map((s) => (
                <Table.Tr key={s.priority}>
                  <Table.Th scope="row">P{s.priority}</Table.Th>
                  <Table.Td>
                    <NumberInput size="xs" w={120} min={0} suffix={` ${t('minutes')}`} aria-label={`P${s.priority} ${t('response')}`} value={s.responseMinutes} onChange={(v) => set(s, { responseMinutes: Number(v) || 0 })} />
                  </Table.Td>
                  <Table.Td>
                    <NumberInput size="xs" w={120} min={0} suffix={` ${t('minutes')}`} aria-label={`P${s.priority} ${t('resolve')}`} value={s.resolveMinutes} onChange={(v) => set(s, { resolveMinutes: Number(v) || 0 })} />
                  </Table.Td>
                  <Table.Td>
                    <Select
                      size="xs" w={190} aria-label={`P${s.priority} ${t('calendar')}`} allowDeselect={false} value={s.calendar}
                      data={[{ value: '', label: t('roundTheClock') }, ...calendars.map((c) => ({ value: c.name, label: c.name }))]} onChange={(v) => set(s, { calendar: v ?? '' })}
                    />
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Input.Wrapper>
      <NumberInput {...form.amount('reopenWindowDays', t('reopen'))} description={t('never')} min={0} max={365} maw={360} />
      <NumberInput {...form.amount('autoCloseDays', t('autoClose'))} description={t('never')} min={0} max={365} maw={360} />
      {policyRevision > 0 && (
        <Text size="sm" className="hf-quiet">
          {t('revision', { n: policyRevision })}
        </Text>
      )}
    </>
  );
}
