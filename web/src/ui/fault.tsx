import { Alert, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { TriangleAlert } from 'lucide-react';
import { faultOf, type Fault } from '../lib/faults';
import { useWords } from './words';

/** saying is what people are told about a fault: the server's own words where they help, ours where they do not. */
export function saying(fault: Fault): string {
  switch (fault.kind) {
    case 'unreachable':
      return fault.reason && fault.message ? fault.message : useWords.t('unreachable');
    case 'denied':
      return fault.reason && fault.reason !== 'permission_denied' ? fault.message : useWords.t('denied');
    case 'missing':
      return useWords.t('missing');
    case 'limited':
      return useWords.t('limited', { n: fault.retryAfter || 60 });
    case 'broken':
      return useWords.t('broken');
    default:
      return fault.message;
  }
}

/** FaultNote says what went wrong, with the request's id for whoever looks into it, and offers another try. */
export function FaultNote({ error, title, retry }: { error: unknown; title?: string; retry?: () => void }) {
  const t = useWords();
  const fault = faultOf(error);
  return (
    <Alert role="alert" color="red" variant="light" icon={<TriangleAlert size={18} aria-hidden />} title={title ?? t('failed')} className="hf-fault">
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {saying(fault)}
      </Text>
      <Group gap="sm" mt={6}>
        {retry && (
          <Button size="compact-xs" variant="default" onClick={retry}>
            {t('retry')}
          </Button>
        )}
        {fault.requestId && <span className="hf-num hf-quiet">{t('request', { id: fault.requestId })}</span>}
      </Group>
    </Alert>
  );
}

/** failed tells of a refused call that no form shows. */
export function failed(error: unknown) {
  const fault = faultOf(error);
  notifications.show({
    color: 'red',
    title: useWords.t('failed'),
    message: [saying(fault), fault.requestId && useWords.t('request', { id: fault.requestId })].filter(Boolean).join(' · '),
    autoClose: 10_000,
  });
}

/** told says briefly that something is done. */
export function told(message: string) {
  notifications.show({ message, autoClose: 3000 });
}
