import { Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';
import { faultOf } from '../lib/faults';
import { useWords } from './words';

/** NotFound is drawn for an address that leads nowhere. */
export function NotFound() {
  const t = useWords();
  return (
    <Stack p="xl" gap="sm" maw={560} component="main">
      <Title order={1}>{t('notFoundTitle')}</Title>
      <Text>{t('notFoundText')}</Text>
      <Group>
        <Button component="a" href="/">
          {t('home')}
        </Button>
      </Group>
    </Stack>
  );
}

/** Failed is drawn where a page threw. */
export function Failed({ error, reset }: ErrorComponentProps) {
  const t = useWords();
  const router = useRouter();
  const fault = faultOf(error);
  return (
    <Stack p="xl" gap="sm" maw={640} component="main" role="alert">
      <Title order={1}>{t('failedTitle')}</Title>
      <Text>{t('failedText')}</Text>
      <Code block>{[fault.message, fault.requestId].filter(Boolean).join('\n')}</Code>
      <Group>
        <Button
          onClick={() => {
            reset();
            void router.invalidate();
          }}
        >
          {t('reload')}
        </Button>
        <Button variant="default" component="a" href="/">
          {t('home')}
        </Button>
      </Group>
    </Stack>
  );
}
