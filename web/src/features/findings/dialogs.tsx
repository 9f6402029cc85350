import { Textarea } from '@mantine/core';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { useState } from 'react';
import { FindingService, RetestSchema, type Finding } from '../../gen/holdfast/findings/v1/findings_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { wordsOf } from '../../lib/record';
import { DayInput } from '../../ui/dates';
import { Ask } from '../../ui/ask';
import { useDraft } from '../../ui/draft';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { Segments } from '../../ui/segments';
import { useWords } from './words';

const results = wordsOf(RetestSchema.field.result);

/** RetestDialog notes what a re-test showed. */
export function RetestDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useWords();
  const [result, setResult] = useState('fixed');
  const [note, setNote, stored] = useDraft(`finding.${finding.id}.retest`, '');
  const add = useAct(FindingService.method.addRetest, {
    onSuccess: () => {
      stored();
      onClose();
    },
  });
  const fault = add.error ? faultOf(add.error) : undefined;
  return (
    <Ask
      title={`${t('retest')}: ${finding.number}`} text={t('retestText')} action={t('retest')} busy={add.isPending} error={add.error} fields={['result', 'note']}
      onSend={() => add.mutate({ id: finding.id, retest: { result, note: note || undefined } })} onClose={onClose}
    >
      <Segments label={t('result')} value={result} onChange={setResult} data={useWords.choices('result', results)} />
      <MarkdownEditor label={t('note')} value={note} onChange={setNote} error={fault?.fields.note} maxLength={10000} />
    </Ask>
  );
}

/** AcceptDialog accepts a risk until a day, with a reason. */
export function AcceptDialog({ finding, onClose }: { finding: Finding; onClose: () => void }) {
  const t = useWords();
  const [until, setUntil] = useState<string | null>(null);
  const [today] = useState(() => new Date());
  const [reason, setReason, stored] = useDraft(`finding.${finding.id}.accept`, '');
  const update = useAct(FindingService.method.updateFinding, {
    onSuccess: () => {
      stored();
      onClose();
    },
  });
  const fault = update.error ? faultOf(update.error) : undefined;
  const send = () =>
    update.mutate({
      finding: { id: finding.id, version: finding.version, remediationStatus: 'accepted_risk', acceptedUntil: until ? timestampFromDate(new Date(`${until}T23:59:59`)) : undefined, reason },
      updateMask: { paths: ['remediation_status', 'accepted_until', 'reason'] },
    });
  return (
    <Ask title={`${t('accept')}: ${finding.number}`} text={t('acceptText')} action={t('accept')} busy={update.isPending} error={update.error} fields={['accepted_until', 'reason']} onSend={send} onClose={onClose}>
      <DayInput label={t('accepted_until')} required minDate={today} value={until} onChange={setUntil} error={fault?.fields.accepted_until} data-autofocus />
      <Textarea label={t('reason')} required autosize minRows={2} maxLength={500} value={reason} error={fault?.fields.reason} onChange={(e) => setReason(e.currentTarget.value)} />
    </Ask>
  );
}
