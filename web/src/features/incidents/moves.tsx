import { Autocomplete, Button, Group, Modal, Stack, Text, Textarea } from '@mantine/core';
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { IncidentService, type Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { FaultNote } from '../../ui/fault';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { RecordSelect } from '../../ui/recordselect';
import { useWords as useShared } from '../../ui/words';
import { demands } from './clock';
import { endings } from './vocabulary';
import { useWords } from './words';

interface AskProps {
  title: string;
  text?: string;
  action: string;
  busy: boolean;
  error: unknown;
  /** The fields that have a place for their own message. */
  fields: readonly string[];
  onSend: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** Ask is a dialog that wants a few words before something is done. */
function Ask({ title, text, action, busy, error, fields, onSend, onClose, children }: AskProps) {
  const ui = useShared();
  const keys = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) onSend();
  };
  const fault = error ? faultOf(error) : undefined;
  const told = fault && Object.keys(fault.fields).some((f) => fields.includes(f));
  return (
    <Modal opened onClose={onClose} title={title} size="lg" transitionProps={{ duration: 100 }} closeButtonProps={{ 'aria-label': ui('close') }}>
      <form
        noValidate onKeyDown={keys}
        onSubmit={(e) => {
          e.preventDefault();
          onSend();
        }}
      >
        <Stack gap="sm">
          {text && <Text size="sm">{text}</Text>}
          {fault && !told ? <FaultNote error={error} /> : null}
          {children}
          <Group justify="flex-end" gap="sm">
            <Button variant="default" onClick={onClose}>
              {ui('cancel')}
            </Button>
            <Button type="submit" loading={busy}>
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

const names = { onHoldReason: 'on_hold_reason', resolutionCode: 'resolution_code', resolutionNote: 'resolution_note', reason: 'reason' } as const;

/** MoveDialog makes a move that demands words: why it waits, how it ended, why it is cancelled or opened again. */
export function MoveDialog({ incident, to, label, onClose }: { incident: Incident; to: string; label: string; onClose: () => void }) {
  const t = useWords();
  const update = useAct(IncidentService.method.updateIncident, { onSuccess: onClose });
  const asks = demands(to).length ? demands(to) : (['reason'] as const);
  const [values, setValues] = useState({ onHoldReason: '', resolutionCode: incident.resolutionCode ?? 'fixed', resolutionNote: incident.resolutionNote ?? '', reason: '' });
  const fault = update.error ? faultOf(update.error) : undefined;
  const put = (key: keyof typeof values) => (value: string) => setValues((v) => ({ ...v, [key]: value }));
  const send = () => {
    const given = Object.fromEntries(asks.map((k) => [k, values[k]]));
    update.mutate({ incident: { id: incident.id, version: incident.version, status: to, ...given }, updateMask: { paths: ['status', ...asks.map((k) => names[k])] } });
  };
  return (
    <Ask title={`${label}: ${incident.number}`} action={label} busy={update.isPending} error={update.error} fields={asks.map((k) => names[k])} onSend={send} onClose={onClose}>
      {asks.includes('resolutionCode' as never) && (
        <Autocomplete
          label={t('resolution_code')} required data={endings.map((c) => ({ value: c, label: useWords.word(`code.${c}`) }))} value={useWords.word(`code.${values.resolutionCode}`).replace(/^code\./, '')}
          error={fault?.fields.resolution_code}
          onChange={(v) => put('resolutionCode')(endings.find((c) => useWords.word(`code.${c}`) === v) ?? v.trim().toLowerCase().replaceAll(/[^a-z0-9]+/g, '_'))}
        />
      )}
      {asks.includes('resolutionNote' as never) && <MarkdownEditor label={t('resolution_note')} required value={values.resolutionNote} onChange={put('resolutionNote')} error={fault?.fields.resolution_note} />}
      {asks.includes('onHoldReason' as never) && (
        <Textarea label={t('on_hold_reason')} required data-autofocus autosize minRows={2} maxLength={500} value={values.onHoldReason} error={fault?.fields.on_hold_reason} onChange={(e) => put('onHoldReason')(e.currentTarget.value)} />
      )}
      {asks.includes('reason' as never) && (
        <Textarea label={t('reason')} required={to === 'cancelled'} data-autofocus autosize minRows={2} maxLength={500} value={values.reason} error={fault?.fields.reason} onChange={(e) => put('reason')(e.currentTarget.value)} />
      )}
    </Ask>
  );
}

/** MergeDialog closes an incident as the duplicate of another. */
export function MergeDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const t = useWords();
  const merge = useAct(IncidentService.method.mergeIncident, { onSuccess: onClose });
  const [into, setInto] = useState({ id: '', label: '' });
  const [reason, setReason] = useState('');
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
  const promote = useAct(IncidentService.method.promoteIncident, { onSuccess: onClose });
  const [reason, setReason] = useState('');
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
