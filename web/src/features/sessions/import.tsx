import { Anchor, Button, Group, Progress, Select, Stack, Table, Tabs, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { CircleAlert, CirclePlus, Equal } from 'lucide-react';
import { useState } from 'react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { outdate } from '../../lib/act';
import { stringifySearch } from '../../lib/address';
import { number } from '../../lib/format';
import { useTitle } from '../../lib/place';
import { upload } from '../../lib/upload';
import { Badge, type Tone } from '../../ui/badge';
import { DropZone } from '../../ui/dropzone';
import { FaultNote } from '../../ui/fault';
import { formatOf, formats, grouped, type Action, type Format, type Outcome, type Row } from './outcome';
import { useWords } from './words';
import '../../ui/page.css';

type Stage = { is: 'choosing' } | { is: 'busy'; applying: boolean; share: number } | { is: 'planned' | 'done'; outcome: Outcome };

/** SessionImport takes a scanner's file into a session: tried first, entry by entry, and stored when the person says so. */
export function SessionImport() {
  const t = useWords();
  const { id = '' } = useParams({ strict: false });
  const queries = useQueryClient();
  const session = useQuery(SessionService.method.getSession, { id });
  const [file, setFile] = useState<File>();
  const [format, setFormat] = useState<Format>('sarif');
  const [stage, setStage] = useState<Stage>({ is: 'choosing' });
  const [error, setError] = useState<unknown>();
  const title = t('importTitle', { name: session.data?.name ?? '' });
  useTitle(title);

  const send = async (chosen: File, as: Format, dry: boolean) => {
    setError(undefined);
    setStage({ is: 'busy', applying: !dry, share: 0 });
    try {
      const path = `/api/v1/sessions/${id}/import${stringifySearch({ format: as, dry_run: String(dry) })}`;
      const outcome = await upload<Outcome>(path, chosen, (share) => setStage((s) => (s.is === 'busy' ? { ...s, share } : s)));
      setStage({ is: dry ? 'planned' : 'done', outcome });
      if (!dry) void outdate(queries, FindingService, SessionService);
    } catch (thrown) {
      setError(thrown);
      setStage({ is: 'choosing' });
    }
  };
  const choose = ([first]: File[]) => {
    if (!first) return;
    const as = formatOf(first.name) ?? format;
    setFile(first);
    setFormat(as);
    void send(first, as, true);
  };
  const name = file?.name ?? '';
  return (
    <div className="hf-page">
      <h1>{title}</h1>
      <Stack gap="md" maw={900}>
        <Text size="sm">{t('importText')}</Text>
        {stage.is !== 'done' && (
          <Select
            label={t('format')} w={260} allowDeselect={false} value={format} disabled={stage.is === 'busy'} data={formats.map((value) => ({ value, label: useWords.word(`format.${value}`) }))}
            onChange={(v) => {
              const as = formats.find((f) => f === v) ?? format;
              setFormat(as);
              if (file && stage.is === 'planned') void send(file, as, true);
            }}
          />
        )}
        {error !== undefined && <FaultNote error={error} retry={file && (() => void send(file, format, true))} />}
        {stage.is === 'choosing' && (
          <DropZone accept=".sarif,.json,.jsonl,.xml,.nessus,.csv" multiple={false} onFiles={choose}>
            {t('choose')}
          </DropZone>
        )}
        {stage.is === 'busy' && (
          <div aria-live="polite">
            <Text size="sm">{t(stage.applying ? 'applying' : 'trying', { name })}</Text>
            <Progress value={stage.share < 1 ? stage.share * 100 : 100} animated={stage.share >= 1} mt={6} aria-label={t('trying', { name })} />
          </div>
        )}
        {(stage.is === 'planned' || stage.is === 'done') && <Rows title={t(stage.is === 'done' ? 'result' : 'planned', { name })} outcome={stage.outcome} />}
        {stage.is === 'planned' && stage.outcome.summary.create === 0 && <Text>{t('nothing')}</Text>}
        {(stage.is === 'planned' || stage.is === 'done') && (
          <Group>
            {stage.is === 'planned' && (
              <Button disabled={stage.outcome.summary.create === 0} onClick={() => file && void send(file, format, false)}>
                {t('apply', { n: stage.outcome.summary.create })}
              </Button>
            )}
            {stage.is === 'done' && (
              <Button component={Link} to={`/sessions/${id}`}>
                {t('back')}
              </Button>
            )}
            <Button variant="default" onClick={() => setStage({ is: 'choosing' })}>
              {t('another')}
            </Button>
          </Group>
        )}
      </Stack>
    </div>
  );
}

const looks: Record<Action, [Tone, typeof CirclePlus]> = { error: ['critical', CircleAlert], create: ['good', CirclePlus], duplicate: ['neutral', Equal] };
const most = 200;

function Rows({ title, outcome }: { title: string; outcome: Outcome }) {
  const t = useWords();
  const groups = grouped(outcome);
  const [open, setOpen] = useState<string>();
  const shown = groups.find((g) => g.action === open) ?? groups[0];
  return (
    <section aria-label={title}>
      <h2 className="hf-subhead">{title}</h2>
      <Tabs value={shown?.action ?? null} onChange={(v) => setOpen(v ?? undefined)} keepMounted={false}>
        <Tabs.List>
          {groups.map((g) => {
            const [tone, icon] = looks[g.action];
            return (
              <Tabs.Tab key={g.action} value={g.action}>
                <Badge tone={tone} icon={icon}>{`${useWords.word(`action.${g.action}`)} ${number(g.count)}`}</Badge>
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        {groups.map((g) => (
          <Tabs.Panel key={g.action} value={g.action}>
            <Entries rows={g.rows.slice(0, most)} action={g.action} />
            {g.rows.length > most && (
              <Text size="sm" className="hf-quiet" mt="xs">
                {t('first', { n: most })}
              </Text>
            )}
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

function Entries({ rows, action }: { rows: readonly Row[]; action: Action }) {
  const t = useWords();
  return (
    <Table.ScrollContainer minWidth={460} mah={420}>
      <Table verticalSpacing={4} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={80}>{t('row')}</Table.Th>
            <Table.Th>{t('what')}</Table.Th>
            {action === 'error' && <Table.Th>{t('why')}</Table.Th>}
            {action === 'duplicate' && <Table.Th>{t('known')}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody style={{ overflowWrap: 'anywhere' }}>
          {rows.map((r) => (
            <Table.Tr key={r.row}>
              <Table.Td className="hf-tab">{r.row}</Table.Td>
              <Table.Td>{r.id ? <Anchor component={Link} to={`/findings/${r.id}`} size="sm">{r.title}</Anchor> : r.title}</Table.Td>
              {action === 'error' && <Table.Td>{r.error}</Table.Td>}
              {action === 'duplicate' && (
                <Table.Td>
                  {r.duplicate_of && (
                    <Anchor component={Link} to={`/findings/${r.duplicate_of}`} size="sm" className="hf-num">
                      {r.duplicate_of}
                    </Anchor>
                  )}
                </Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
