import { Anchor, Group, Select, Stack, Text, TextInput, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { callUnaryMethod, createConnectQueryKey, useQuery } from '@connectrpc/connect-query';
import { skipToken, useQuery as useAnyQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { GroupService } from '../../gen/holdfast/groups/v1/groups_pb';
import { IncidentSchema, IncidentService, type Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { SiteService } from '../../gen/holdfast/sites/v1/sites_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { relative } from '../../lib/format';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { RecordsSelect } from '../../ui/recordsselect';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { Priority } from './looks';
import { categories, criticalities, severities } from './vocabulary';
import { useWords } from './words';

const levels = (prefix: string) => [1, 2, 3].map((n) => ({ value: String(n), label: useWords.word(`${prefix}.${n}`) }));

/** IncidentForm reports an incident, or changes the one that is given. */
export function IncidentForm({ incident, onClose }: { incident?: Incident; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const create = useAct(IncidentService.method.createIncident);
  const update = useAct(IncidentService.method.updateIncident);
  const form = useRecordForm({
    schema: IncidentSchema,
    record: incident,
    initial: { category: 'it', severity: 'medium', impact: 2, urgency: 2 },
    draft: `incident.${incident?.id ?? 'new'}`,
    save: (values, mask) => (incident ? update.mutateAsync({ incident: values, updateMask: { paths: mask } }) : create.mutateAsync({ incident: values })),
    reload: () => callUnaryMethod(transport, IncidentService.method.getIncident, { id: incident?.id ?? '' }),
    onSaved: (saved) => {
      told(incident ? ui('saved') : `${saved.number} ${saved.title}`);
      onClose();
    },
  });
  const level = (key: 'impact' | 'urgency') => {
    const field = form.amount(key, t(key));
    return <Select {...field} value={String(field.value)} data={levels(key)} allowDeselect={false} onChange={(v) => field.onChange(Number(v))} style={{ flex: 1 }} />;
  };
  const { category } = form.values;
  return (
    <FormDrawer form={form} title={incident ? t('edit') : t('new')} action={incident ? undefined : t('report')} onClose={onClose} size={640}>
      <TextInput {...form.text('title', t('title'))} data-autofocus />
      {!incident && <Similar title={form.values.title ?? ''} />}
      <MarkdownEditor {...form.markdown('description', t('description'))} />
      <Group grow align="flex-start">
        <Select {...form.choice('category', t('category'))} allowDeselect={false} data={useWords.choices('category', categories)} />
        <Select {...form.choice('severity', t('severity'))} allowDeselect={false} data={useWords.choices('severity', severities)} />
      </Group>
      <Group grow align="flex-start">
        {level('impact')}
        {level('urgency')}
      </Group>
      {!incident && <Preview values={form.values} />}
      <RecordSelect {...form.choice('siteId', t('site_id'))} records={SiteService.method.listSites} valueLabel={incident?.siteId === form.values.siteId ? incident?.site?.label : undefined} onChange={(id) => form.set('siteId', id || undefined)} />
      <RecordsSelect {...form.many('assetIds', t('asset_ids'))} records={AssetService.method.listAssets} known={incident?.assets} />
      <Group grow align="flex-start">
        <RecordSelect {...form.choice('assigneeId', t('assignee_id'))} records={UserService.method.listColleagues} valueLabel={incident?.assigneeId === form.values.assigneeId ? incident?.assignee?.label : undefined} onChange={(id) => form.set('assigneeId', id || undefined)} />
        <RecordSelect {...form.choice('teamId', t('team_id'))} records={GroupService.method.listTeams} valueLabel={incident?.teamId === form.values.teamId ? incident?.team?.label : undefined} onChange={(id) => form.set('teamId', id || undefined)} />
      </Group>
      {(category === 'ot' || category === 'safety') && (
        <>
          <Textarea {...form.text('productionImpact', t('production_impact'))} autosize minRows={2} />
          <Textarea {...form.text('safetyImpact', t('safety_impact'))} autosize minRows={2} />
          <Select {...form.choice('operationalCriticality', t('operational_criticality'))} clearable data={useWords.choices('severity', criticalities)} />
        </>
      )}
    </FormDrawer>
  );
}

/** Preview asks the server what priority and due time this would have: it runs everything and stores nothing. */
function Preview({ values }: { values: Incident }) {
  const t = useWords();
  const [asked] = useDebouncedValue(useMemo(() => ({ impact: values.impact, urgency: values.urgency, severity: values.severity, category: values.category }), [values.impact, values.urgency, values.severity, values.category]), 200);
  const input = { incident: { ...asked, title: '?' }, validateOnly: true };
  const query = useAnyQuery({
    queryKey: createConnectQueryKey({ schema: IncidentService.method.createIncident, input, transport, cardinality: 'finite' }),
    queryFn: () => callUnaryMethod(transport, IncidentService.method.createIncident, input),
    placeholderData: (before) => before,
    retry: false,
  });
  const made = query.data;
  if (!made) return null;
  return (
    <Group gap="xs">
      <Priority priority={made.priority} />
      <Text size="sm" className="hf-quiet" aria-live="polite">
        {made.resolveDueAt ? t('preview', { priority: `P${made.priority}`, due: relative(made.resolveDueAt) }) : t('previewOpen', { priority: `P${made.priority}` })}
      </Text>
    </Group>
  );
}

/** Similar are open incidents with the same words. */
function Similar({ title }: { title: string }) {
  const t = useWords();
  const [q] = useDebouncedValue(title.trim(), 400);
  const query = useQuery(IncidentService.method.listIncidents, q.length > 4 ? { q, open: true, perPage: 3, total: 'none' } : skipToken, { retry: false });
  const found = query.data?.items ?? [];
  if (!found.length) return null;
  return (
    <Stack gap={2} aria-live="polite">
      <Text size="sm" className="hf-quiet">
        {t('similar')}
      </Text>
      {found.map((i) => (
        <Anchor key={i.id} component={Link} to={`/incidents/${i.id}`} size="sm">
          <span className="hf-num">{i.number}</span> {i.title}
        </Anchor>
      ))}
    </Stack>
  );
}
