import { Autocomplete, Textarea } from '@mantine/core';
import { useState } from 'react';
import { IncidentSchema, IncidentService, type Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { pathsOf } from '../../lib/record';
import { Ask } from '../../ui/ask';
import { useDraft } from '../../ui/draft';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { demands, type Demand } from './clock';
import { endings } from './vocabulary';
import { useWords } from './words';

const paths = (keys: readonly Demand[]): string[] => pathsOf(IncidentSchema, keys);

/** MoveDialog makes a move that demands words: why it waits, how it ended, why it is cancelled or opened again. */
export function MoveDialog({ incident, to, label, onClose }: { incident: Incident; to: string; label: string; onClose: () => void }) {
  const t = useWords();
  const asks: readonly Demand[] = demands(to).length ? demands(to) : ['reason'];
  const [values, setValues, stored] = useDraft(`incident.${incident.id}.${to}`, { onHoldReason: '', resolutionCode: incident.resolutionCode ?? 'fixed', resolutionNote: incident.resolutionNote ?? '', reason: '' });
  const update = useAct(IncidentService.method.updateIncident, {
    onSuccess: () => {
      stored();
      onClose();
    },
  });
  const fault = update.error ? faultOf(update.error) : undefined;
  const put = (key: keyof typeof values) => (value: string) => setValues((v) => ({ ...v, [key]: value }));
  const send = () => {
    const given = Object.fromEntries(asks.map((k) => [k, values[k]]));
    update.mutate({ incident: { id: incident.id, version: incident.version, status: to, ...given }, updateMask: { paths: ['status', ...paths(asks)] } });
  };
  return (
    <Ask title={`${label}: ${incident.number}`} action={label} busy={update.isPending} error={update.error} fields={paths(asks)} onSend={send} onClose={onClose}>
      {asks.includes('resolutionCode') && (
        <Autocomplete
          label={t('resolution_code')} required data={endings.map((c) => ({ value: c, label: useWords.word(`code.${c}`) }))} value={useWords.known(`code.${values.resolutionCode}`) ?? values.resolutionCode}
          error={fault?.fields.resolution_code}
          onChange={(v) => put('resolutionCode')(endings.find((c) => useWords.word(`code.${c}`) === v) ?? v.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, '_'))}
        />
      )}
      {asks.includes('resolutionNote') && <MarkdownEditor label={t('resolution_note')} required value={values.resolutionNote} onChange={put('resolutionNote')} error={fault?.fields.resolution_note} />}
      {asks.includes('onHoldReason') && (
        <Textarea label={t('on_hold_reason')} required data-autofocus autosize minRows={2} maxLength={500} value={values.onHoldReason} error={fault?.fields.on_hold_reason} onChange={(e) => put('onHoldReason')(e.currentTarget.value)} />
      )}
      {asks.includes('reason') && (
        <Textarea label={t('reason')} required={to === 'cancelled'} data-autofocus autosize minRows={2} maxLength={500} value={values.reason} error={fault?.fields.reason} onChange={(e) => put('reason')(e.currentTarget.value)} />
      )}
    </Ask>
  );
}

/** MergeDialog closes an incident as the duplicate of another. */
export function MergeDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const t = useWords();
  const [into, setInto] = useState({ id: '', label: '' });
  const [reason, setReason, stored] = useDraft(`incident.${incident.id}.merge`, '');
  const merge = useAct(IncidentService.method.mergeIncident, {
    onSuccess: () => {
      stored();
      onClose();
    },
  });
  const fault = merge.error ? faultOf(merge.error) : undefined;
  const send = () => merge.mutate({ id: incident.id, version: incident.version, intoId: into.id, reason });
  return (
    <Ask title={`${t('merge')}: ${incident.number}`} text={t('mergeText')} action={t('merge')} busy={merge.isPending} error={merge.error} fields={['into_id', 'reason']} onSend={send} onClose={onClose}>
      <RecordSelect label={t('into')} required records={IncidentService.method.listIncidents} fixed={{ open: 'true' }} value={into.id} valueLabel={into.label || undefined} error={fault?.fields.into_id} onChange={(id, label) => setInto({ id, label })} />
      <Textarea label={t('reason')} autosize minRows={2} maxLength={500} value={reason} error={fault?.fields.reason} onChange={(e) => setReason(e.currentTarget.value)} />
    </Ask>
  );
}

/** PromoteDialog makes a major incident of it. */
export function PromoteDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const t = useWords();
  const [reason, setReason, stored] = useDraft(`incident.${incident.id}.promote`, '');
  const promote = useAct(IncidentService.method.promoteIncident, {
    onSuccess: () => {
      stored();
      onClose();
    },
  });
  const fault = promote.error ? faultOf(promote.error) : undefined;
  return (
    <Ask
      title={`${t('promote')}: ${incident.number}`} text={t('promoteText')} action={t('promote')} busy={promote.isPending} error={promote.error} fields={['reason']}
      onSend={() => promote.mutate({ id: incident.id, version: incident.version, reason })} onClose={onClose}
    >
      <Textarea label={t('reason')} data-autofocus autosize minRows={2} maxLength={500} value={reason} error={fault?.fields.reason} onChange={(e) => setReason(e.currentTarget.value)} />
    </Ask>
  );
}
