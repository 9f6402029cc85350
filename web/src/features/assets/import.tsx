import { Alert, Anchor, Button, Group, Progress, Select, Stack, Table, Tabs, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CirclePlus, Equal, Pencil } from 'lucide-react';
import { useState } from 'react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { outdate } from '../../lib/act';
import { stringifySearch } from '../../lib/address';
import { faultOf } from '../../lib/faults';
import { number } from '../../lib/format';
import { useTitle } from '../../lib/place';
import { upload } from '../../lib/upload';
import { Badge, type Tone } from '../../ui/badge';
import { DropZone } from '../../ui/dropzone';
import { FaultNote } from '../../ui/fault';
import { applicable, grouped, type Action, type Outcome, type Row } from './outcome';
import { useWords } from './words';
import '../../ui/page.css';

type Stage =
  | { is: 'choosing' }
  | { is: 'busy'; applying: boolean; share: number }
  | { is: 'planned'; outcome: Outcome; changed: boolean }
  | { is: 'done'; outcome: Outcome };

/** AssetImport takes assets from a table: tried first, row by row, and stored when the person says so. */
export function AssetImport() {
  const t = useWords();
  const queries = useQueryClient();
  const [file, setFile] = useState<File>();
  const [matchOn, setMatchOn] = useState('serial');
  const [stage, setStage] = useState<Stage>({ is: 'choosing' });
  const [error, setError] = useState<unknown>();
  useTitle(t('importTitle'));

  const send = async (chosen: File, match: string, plan?: string, changed = false): Promise<void> => {
    setError(undefined);
    setStage({ is: 'busy', applying: plan !== undefined, share: 0 });
    const search = { match_on: match === 'none' ? undefined : match, dry_run: plan === undefined ? 'true' : 'false', plan };
    try {
      const outcome = await upload<Outcome>(`/api/v1/assets/import${stringifySearch(search)}`, chosen, (share) => setStage((s) => (s.is === 'busy' ? { ...s, share } : s)));
      if (plan === undefined) setStage({ is: 'planned', outcome, changed });
      else {
        setStage({ is: 'done', outcome });
        void outdate(queries, AssetService);
      }
    } catch (thrown) {
      if (plan !== undefined && faultOf(thrown).reason === 'plan_changed') return await send(chosen, match, undefined, true);
      setError(thrown);
      setStage({ is: 'choosing' });
    }
  };
  const choose = (files: File[]) => {
    const [first] = files;
    if (!first) return;
    setFile(first);
    void send(first, matchOn);
  };
  const name = file?.name ?? '';
  return (
    <div className="hf-page">
      <h1>{t('importTitle')}</h1>
      <Stack gap="md" maw={900}>
        <Text size="sm">{t('importText')}</Text>
        {stage.is !== 'done' && (
          <Select
            label={t('matchOn')} w={280} allowDeselect={false} value={matchOn} disabled={stage.is === 'busy'}
            data={['serial', 'hostname', 'name', 'none'].map((value) => ({ value, label: useWords.word(`match.${value}`) }))}
            onChange={(v) => {
              setMatchOn(v ?? matchOn);
              if (file && stage.is === 'planned') void send(file, v ?? matchOn);
            }}
          />
        )}
        {error !== undefined && <FaultNote error={error} retry={file && (() => void send(file, matchOn))} />}
        {stage.is === 'choosing' && (
          <DropZone accept=".csv,text/csv" multiple={false} onFiles={choose}>
            {t('choose')}
          </DropZone>
        )}
        {stage.is === 'busy' && (
          <div aria-live="polite">
            <Text size="sm">{t(stage.applying ? 'applying' : 'trying', { name })}</Text>
            <Progress value={stage.share < 1 ? stage.share * 100 : 100} animated={stage.share >= 1} mt={6} aria-label={t('trying', { name })} />
          </div>
        )}
        {stage.is === 'planned' && (
          <>
            {stage.changed && <Alert color="yellow" role="status">{t('planChanged')}</Alert>}
            <Rows title={t('planned', { name })} outcome={stage.outcome} />
            {stage.outcome.summary.error > 0 && <Alert color="red" role="alert">{t('wrong')}</Alert>}
            {stage.outcome.summary.error === 0 && applicable(stage.outcome) === 0 && <Text>{t('nothing')}</Text>}
            <Group>
              <Button disabled={stage.outcome.summary.error > 0 || applicable(stage.outcome) === 0} onClick={() => file && void send(file, matchOn, stage.outcome.plan)}>
                {t('apply', { n: applicable(stage.outcome) })}
              </Button>
              <Button variant="default" onClick={() => setStage({ is: 'choosing' })}>
                {t('another')}
              </Button>
            </Group>
          </>
        )}
        {stage.is === 'done' && (
          <>
            <Rows title={t('result', { name })} outcome={stage.outcome} />
            <Group>
              <Button component={Link} to="/assets">
                {t('toList')}
              </Button>
              <Button variant="default" onClick={() => setStage({ is: 'choosing' })}>
                {t('another')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </div>
  );
}

const looks: Record<Action, [Tone, typeof CirclePlus]> = { error: ['critical', CircleAlert], create: ['good', CirclePlus], update: ['low', Pencil], skip: ['neutral', Equal] };
const most = 200;

/** Rows is what becomes of each row, by what happens to it; what is wrong comes first. */
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
            <RowTable rows={g.rows.slice(0, most)} wrong={g.action === 'error'} />
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

function RowTable({ rows, wrong }: { rows: readonly Row[]; wrong: boolean }) {
  const t = useWords();
  return (
    <Table.ScrollContainer minWidth={420} mah={420}>
      <Table verticalSpacing={4} stickyHeader>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={80}>{t('row')}</Table.Th>
            <Table.Th>{t(wrong ? 'errors' : 'asset')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((r) => (
            <Table.Tr key={r.row}>
              <Table.Td className="hf-tab">{r.row}</Table.Td>
              <Table.Td>
                {wrong
                  ? Object.entries(r.errors).map(([field, message]) => (
                      <div key={field}>
                        <strong>{field}</strong> {message}
                      </div>
                    ))
                  : r.id && (
                      <Anchor component={Link} to={`/assets/${r.id}`} size="sm" className="hf-num">
                        {r.id}
                      </Anchor>
                    )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
