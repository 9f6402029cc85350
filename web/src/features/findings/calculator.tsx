import { Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { Badge } from '../../ui/badge';
import { Segments } from '../../ui/segments';
import { base, beyond, partsOf, scoreOf, vectorOf, versions } from './cvss';
import { useWords } from './words';

/** Calculator makes a CVSS vector by choosing its base metrics. */
export function Calculator({ vector, onChange }: { vector: string; onChange: (vector: string) => void }) {
  const t = useWords();
  const parts = partsOf(vector);
  const more = beyond(parts);
  const word = (metric: string, value: string) => useWords.known(`v.${metric}.${value}`) ?? useWords.word(`v.x.${value}`);
  return (
    <Stack gap="sm" className="hf-cvss" role="group" aria-label={t('calculator')}>
      <Group gap="sm">
        <Segments label={t('version')} value={parts.version} data={versions.map((value) => ({ value, label: value }))} onChange={(version) => onChange(vectorOf({ version, values: version === parts.version ? parts.values : {} }))} />
        <ScoreBadge vector={vector} />
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm" verticalSpacing="xs">
        {base[parts.version].map((m) => (
          <div key={m.key}>
            <Text size="xs" className="hf-quiet" mb={2}>
              {useWords.word(`m.${m.key}`)} ({m.key})
            </Text>
            <Segments
              fill label={useWords.word(`m.${m.key}`)} value={parts.values[m.key] ?? ''} data={m.values.map((value) => ({ value, label: word(m.key, value) }))}
              onChange={(value) => onChange(vectorOf({ ...parts, values: { ...parts.values, [m.key]: value } }))}
            />
          </div>
        ))}
      </SimpleGrid>
      {more.length > 0 && (
        <Text size="sm" className="hf-quiet">
          {t('beyond', { metrics: more.join(', ') })}
        </Text>
      )}
    </Stack>
  );
}

/** ScoreBadge is what a vector scores, with the word for it; nothing while it is not complete. */
export function ScoreBadge({ vector }: { vector: string }) {
  const t = useWords();
  const said = scoreOf(vector);
  if (!said) return null;
  return (
    <span aria-live="polite" aria-label={t('score')}>
      <Badge tone={said.severity === 'none' ? 'neutral' : said.severity}>{`${said.score.toFixed(1)} ${useWords.word(`severity.${said.severity}`)}`}</Badge>
    </span>
  );
}
