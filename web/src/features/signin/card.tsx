import { Group, Paper, Stack, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { getLocale, setLocale } from '../../lib/i18n';
import { Segments } from '../../ui/segments';
import { useWords } from './words';

/** Card is the frame of the pages that need no sign-in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  const t = useWords();
  useEffect(() => {
    document.title = `${title} · Holdfast`;
  }, [title]);
  return (
    <main style={{ flex: 1, overflow: 'auto', display: 'grid', placeItems: 'start center', padding: '10vh 16px 24px', background: 'light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))' }}>
      <Stack w="100%" maw={400} gap="md">
        <Group gap={10}>
          <img src="/icon.svg" width={32} height={32} alt="" />
          <strong style={{ fontSize: 18 }}>Holdfast</strong>
          <div style={{ marginLeft: 'auto' }}>
            <Segments
              label={t('language')} value={getLocale()} onChange={setLocale}
              data={[{ value: 'en', label: 'English' }, { value: 'de', label: 'Deutsch' }]}
            />
          </div>
        </Group>
        <Paper withBorder p="lg">
          <Stack gap="md">
            <Title order={1}>{title}</Title>
            {children}
          </Stack>
        </Paper>
      </Stack>
    </main>
  );
}
