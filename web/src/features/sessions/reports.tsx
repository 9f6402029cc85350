import { ActionIcon, Button, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Braces, Download, Eye, FileText, Sheet, type LucideIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { ReportService, type ReportExport } from '../../gen/holdfast/reports/v1/reports_pb';
import type { Session } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { outdate } from '../../lib/act';
import { bytes } from '../../lib/format';
import { fetchFile, save } from '../../lib/lists';
import { failed } from '../../ui/fault';
import { Loaded } from '../../ui/loaded';
import { Person } from '../../ui/person';
import { Ago } from '../../ui/time';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** Reports makes a session's reports, shows them, and lists those that were handed out. */
export function Reports({ session }: { session: Session }) {
  const t = useWords();
  const ui = useShared();
  const queries = useQueryClient();
  const query = useQuery(ReportService.method.listExports, { id: session.id, perPage: 100 });
  const [busy, setBusy] = useState('');
  const [shown, setShown] = useState<{ url: string; name: string }>();
  useEffect(() => () => { if (shown) URL.revokeObjectURL(shown.url); }, [shown]);

  const make = async (format: 'pdf' | 'csv' | 'json', look: boolean) => {
    setBusy(format + String(look));
    try {
      const file = await fetchFile(`/api/v1/reports/sessions/${session.id}/${format}`);
      void outdate(queries, ReportService);
      if (look) setShown({ url: URL.createObjectURL(file.body), name: file.name });
      else save(file.body, file.name);
    } catch (error) {
      failed(error);
    } finally {
      setBusy('');
    }
  };
  const fetchStored = async (x: ReportExport, look: boolean) => {
    try {
      const file = await fetchFile(`/api/v1/reports/exports/${x.id}/download`);
      if (look) setShown({ url: URL.createObjectURL(file.body), name: x.fileName });
      else save(file.body, x.fileName);
    } catch (error) {
      failed(error);
    }
  };
  const button = (format: 'pdf' | 'csv' | 'json', label: string, Icon: LucideIcon, look = false) => (
    <Button size="xs" variant={format === 'pdf' && !look ? 'filled' : 'default'} leftSection={<Icon size={14} aria-hidden />} loading={busy === format + String(look)} disabled={busy !== ''} onClick={() => void make(format, look)}>
      {label}
    </Button>
  );
  return (
    <Stack gap="md">
      <Text size="sm">{t('reportsText')}</Text>
      <Group gap="xs">
        {button('pdf', t('makePdf'), FileText)}
        {button('pdf', t('preview'), Eye, true)}
        {button('csv', t('makeCsv'), Sheet)}
        {button('json', t('makeJson'), Braces)}
      </Group>
      <section>
        <h3 className="hf-subhead">{t('stored')}</h3>
        <Loaded query={query} height={80}>
          {({ items }) =>
            items.length ? (
              <Table.ScrollContainer minWidth={560}>
                <Table verticalSpacing={5} aria-label={t('stored')}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('file')}</Table.Th>
                      <Table.Th>{t('size')}</Table.Th>
                      <Table.Th>{t('madeBy')}</Table.Th>
                      <Table.Th>{t('madeAt')}</Table.Th>
                      <Table.Th>{t('until')}</Table.Th>
                      <Table.Th aria-label={ui('more')} />
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((x) => (
                      <Table.Tr key={x.id}>
                        <Table.Td style={{ overflowWrap: 'anywhere' }}>{x.fileName}</Table.Td>
                        <Table.Td className="hf-tab">{bytes(Number(x.sizeBytes))}</Table.Td>
                        <Table.Td>
                          <Person person={x.creator} />
                        </Table.Td>
                        <Table.Td>
                          <Ago at={x.createdAt} />
                        </Table.Td>
                        <Table.Td>
                          <Ago ahead at={x.retentionExpiresAt} />
                        </Table.Td>
                        <Table.Td>
                          <Group gap={2} wrap="nowrap">
                            {x.format === 'pdf' && (
                              <ActionIcon variant="subtle" color="gray" aria-label={`${t('preview')}: ${x.fileName}`} onClick={() => void fetchStored(x, true)}>
                                <Eye size={15} aria-hidden />
                              </ActionIcon>
                            )}
                            <ActionIcon variant="subtle" color="gray" aria-label={t('download', { name: x.fileName })} onClick={() => void fetchStored(x, false)}>
                              <Download size={15} aria-hidden />
                            </ActionIcon>
                          </Group>
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            ) : (
              <Text className="hf-quiet">{t('storedEmpty')}</Text>
            )
          }
        </Loaded>
      </section>
      {shown && (
        <Modal opened onClose={() => setShown(undefined)} title={shown.name} size="90%" closeButtonProps={{ 'aria-label': ui('close') }}>
          <iframe src={shown.url} title={shown.name} style={{ width: '100%', height: '78vh', border: 0 }} />
        </Modal>
      )}
    </Stack>
  );
}
