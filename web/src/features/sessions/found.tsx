import { Anchor, Button, Group, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import type { Session } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { useMay } from '../../lib/me';
import { Loaded } from '../../ui/loaded';
import { WordBadge } from '../../ui/word';
import { useWords } from './words';

/** Found is what a session brought to light, the worst first. */
export function Found({ session }: { session: Session }) {
  const t = useWords();
  const may = useMay();
  const query = useQuery(FindingService.method.listFindings, { sessionId: [session.id], orderBy: 'risk_level', perPage: 100 });
  return (
    <Loaded query={query} height={160}>
      {({ items, total }) => (
        <Stack gap="sm">
          <Group gap="sm">
            {may(FindingService.method.createFinding) && (
              <Button component={Link} to={`/findings?session_id=${session.id}&new=`} size="xs" variant="default" leftSection={<Plus size={14} aria-hidden />}>
                {t('newFinding')}
              </Button>
            )}
            {items.length > 0 && (
              <Anchor component={Link} to={`/findings?session_id=${session.id}`} size="sm">
                {t('allFindings', { n: total })}
              </Anchor>
            )}
          </Group>
          {items.length ? (
            <Table.ScrollContainer minWidth={440}>
              <Table verticalSpacing={5} aria-label={t('findings')}>
                <Table.Tbody>
                  {items.map((f) => (
                    <Table.Tr key={f.id}>
                      <Table.Td w={90}>
                        <span className="hf-num">{f.number}</span>
                      </Table.Td>
                      <Table.Td style={{ width: '100%' }}>
                        <Anchor component={Link} to={`/findings/${f.id}`} size="sm">
                          {f.title}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>
                        <WordBadge word={f.riskLevelWord} />
                      </Table.Td>
                      <Table.Td>
                        <WordBadge word={f.remediationStatusWord} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          ) : (
            <Text className="hf-quiet">{t('findingsEmpty')}</Text>
          )}
        </Stack>
      )}
    </Loaded>
  );
}
