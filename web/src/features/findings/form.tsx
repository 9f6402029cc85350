import { Button, Group, NumberInput, Select, Stack, TagsInput, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Calculator as CalculatorIcon } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { FindingSchema, FindingService, type Finding } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { TemplateService } from '../../gen/holdfast/templates/v1/templates_pb';
import { UserService } from '../../gen/holdfast/users/v1/users_pb';
import { useAct } from '../../lib/act';
import { dateOf } from '../../lib/format';
import { useMay } from '../../lib/me';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { MomentInput } from '../../ui/dates';
import { failed, told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

const Calculator = lazy(() => import('./calculator').then((m) => ({ default: m.Calculator })));
const copied = ['title', 'description', 'riskLevel', 'impact', 'recommendation', 'cwe', 'cvssVector'] as const;

/** FindingForm writes a finding, or changes the one that is given. */
export function FindingForm({ finding, sessionId, onClose }: { finding?: Finding; sessionId?: string; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const risks = useVocabulary('riskLevel');
  const states = useVocabulary('remediationStatus');
  const [calculating, setCalculating] = useState(false);
  const create = useAct(FindingService.method.createFinding, { also: [SessionService] });
  const update = useAct(FindingService.method.updateFinding);
  const form = useRecordForm({
    schema: FindingSchema,
    record: finding,
    initial: { sessionId: sessionId ?? '' },
    draft: `finding.${finding?.id ?? `new.${sessionId ?? ''}`}`,
    save: (values, mask) => (finding ? update.mutateAsync({ finding: values, updateMask: { paths: mask } }) : create.mutateAsync({ finding: values })),
    reload: () => callUnaryMethod(transport, FindingService.method.getFinding, { id: finding?.id ?? '' }),
    onSaved: (saved) => {
      told(finding ? ui('saved') : `${saved.number} ${saved.title}`);
      onClose();
    },
  });
  const begin = async (id: string) => {
    form.set('templateId', id || undefined);
    if (!id) return;
    try {
      const from = await callUnaryMethod(transport, TemplateService.method.getTemplate, { id });
      for (const key of copied) if (!form.values[key] && from[key]) form.set(key, from[key]);
      if (!form.values.references?.length) form.set('references', from.references);
    } catch (error) {
      failed(error);
    }
  };
  const due = form.fault?.fields.due_at;
  return (
    <FormDrawer form={form} title={finding ? t('edit') : t('new')} onClose={onClose} size={760}>
      {!finding && !sessionId && <RecordSelect {...form.choice('sessionId', t('session_id'))} records={SessionService.method.listSessions} onChange={(id) => form.set('sessionId', id)} />}
      {!finding && may(TemplateService.method.listTemplates) && (
        <RecordSelect label={t('template')} description={t('templateHint')} records={TemplateService.method.listTemplates} value={form.values.templateId ?? ''} onChange={(id) => void begin(id)} />
      )}
      <TextInput {...form.text('title', t('title'))} data-autofocus />
      <Group grow align="flex-start">
        <Select {...form.choice('riskLevel', t('risk_level'))} allowDeselect={false} data={choicesOf(risks, finding?.riskLevelWord)} />
        <Select {...form.choice('remediationStatus', t('remediation_status'))} allowDeselect={false} data={choicesOf(states, finding?.remediationStatusWord)} />
      </Group>
      <MarkdownEditor {...form.markdown('description', t('description'))} minRows={8} />
      <MarkdownEditor {...form.markdown('impact', t('impact'))} />
      <MarkdownEditor {...form.markdown('recommendation', t('recommendation'))} />
      <TagsInput {...form.many('references', t('references'))} splitChars={['\n']} />
      <Stack gap="xs">
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput {...form.text('cvssVector', t('cvss_vector'))} style={{ flex: 1 }} />
          <Button variant="default" leftSection={<CalculatorIcon size={15} aria-hidden />} aria-expanded={calculating} onClick={() => setCalculating(!calculating)}>
            {t(calculating ? 'closeCalculator' : 'calculate')}
          </Button>
        </Group>
        {calculating && (
          <Suspense fallback={null}>
            <Calculator vector={form.values.cvssVector ?? ''} onChange={(v) => form.set('cvssVector', v)} />
          </Suspense>
        )}
      </Stack>
      <Group grow align="flex-start">
        <NumberInput {...form.amount('cwe', t('cwe'))} min={1} max={99999} prefix="CWE-" />
        <RecordSelect {...form.choice('assigneeId', t('assignee_id'))} records={UserService.method.listColleagues} valueLabel={finding?.assigneeId === form.values.assigneeId ? finding?.assignee?.label : undefined} onChange={(id) => form.set('assigneeId', id || undefined)} />
        <MomentInput label={t('due_at')} clearable error={due} value={dateOf(form.values.dueAt) ?? null} onChange={(d) => form.set('dueAt', d ? timestampFromDate(new Date(d)) : undefined)} />
      </Group>
      <TextInput {...form.text('location', t('location'))} />
    </FormDrawer>
  );
}
