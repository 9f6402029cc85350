import { Alert, Button, Group, Progress, Select, Stack, Table, Tabs, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { LucideIcon } from 'lucide-react';
import { useRef, useState, type ReactNode } from 'react';
import { faultOf } from '../lib/faults';
import { number } from '../lib/format';
import { useTitle } from '../lib/place';
import { upload } from '../lib/upload';
import { Badge, type Tone } from './badge';
import { DropZone } from './dropzone';
import { FaultNote } from './fault';
import { useImportWords } from './importwords';
import { useWords } from './words';
import './page.css';

/** Outcome is what the server says of a file, row by row. */
export interface Outcome<Row> {
  /** How many rows there are of each action. */
  summary: Record<string, number>;
  rows: Row[];
  /** The hash of the plan, where the server makes one; sent back, it makes sure that nothing else is stored than was shown. */
  plan?: string;
}

/** Fate is what becomes of some of the rows. */
export interface Fate<Row> {
  /** As the server names it, such as "create". */
  action: string;
  label: string;
  tone: Tone;
  icon: LucideIcon;
  columns: { label: string; cell: (row: Row) => ReactNode }[];
}

interface Props<Row> {
  title: string;
  text: string;
  /** Which files are taken, as an input's accept. */
  accept: string;
  /** What stands where files are dropped. */
  hint: string;
  /** How the file is read; of(file) guesses it from the file's name. */
  how: { label: string; first: string; options: { value: string; label: string }[]; of?: (file: string) => string | undefined };
  /** Where the file is sent: tried first (dry), then stored as its plan says. */
  path: (how: string, dry: boolean, plan: string | undefined) => string;
  /** The kinds of rows in their order: what is wrong comes first. */
  fates: Fate<Row>[];
  /** What a row is called, as the head of its column. */
  row: string;
  /** What the button says that stores so many rows. */
  apply: (rows: number) => string;
  /** The actions whose rows are stored. */
  stores: readonly string[];
  /** Said where a wrong row keeps all from being stored; without it the others are. */
  allOrNothing?: string;
  /** Where one goes on. */
  next: { to: string; label: string };
  onStored: () => void;
}

type Stage<Row> = { is: 'choosing' } | { is: 'busy'; applying: boolean; share: number } | { is: 'planned' | 'done'; outcome: Outcome<Row>; changed: boolean };

/** Importer takes a file: tried first, row by row, and stored when the person says so. */
export function Importer<Row extends { row: number; action: string }>(p: Props<Row>) {
  const t = useImportWords();
  const ui = useWords();
  const [file, setFile] = useState<File>();
  const [how, setHow] = useState(p.how.first);
  const [stage, setStage] = useState<Stage<Row>>({ is: 'choosing' });
  const [error, setError] = useState<unknown>();
  const stop = useRef(new AbortController());
  useTitle(p.title);

  const send = async (chosen: File, as: string, dry: boolean, plan?: string, changed = false): Promise<void> => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setError(undefined);
    setStage({ is: 'busy', applying: !dry, share: 0 });
    try {
      const outcome = await upload<Outcome<Row>>(p.path(as, dry, plan), chosen, (share) => setStage((s) => (s.is === 'busy' ? { ...s, share } : s)), signal);
      setStage({ is: dry ? 'planned' : 'done', outcome, changed });
      if (!dry) p.onStored();
    } catch (thrown) {
      if (!dry && faultOf(thrown).reason === 'plan_changed') return await send(chosen, as, true, undefined, true);
      if (!signal.aborted) setError(thrown);
      setStage({ is: 'choosing' });
    }
  };
  const choose = ([first]: File[]) => {
    if (!first) return;
    const as = p.how.of?.(first.name) ?? how;
    setFile(first);
    setHow(as);
    void send(first, as, true);
  };
  const name = file?.name ?? '';
  const outcome = stage.is === 'planned' || stage.is === 'done' ? stage.outcome : undefined;
  const count = (actions: readonly string[]) => actions.reduce((sum, a) => sum + (outcome?.summary[a] ?? 0), 0);
  const storable = count(p.stores);
  const blocked = !!p.allOrNothing && count(['error']) > 0;
  return (
    <div className="hf-page">
      <h1>{p.title}</h1>
      <Stack gap="md" maw={900}>
        <Text size="sm">{p.text}</Text>
        {stage.is !== 'done' && (
          <Select
            label={p.how.label} w={280} allowDeselect={false} value={how} disabled={stage.is === 'busy'} data={p.how.options}
            onChange={(v) => {
              const as = v ?? how;
              setHow(as);
              if (file && stage.is === 'planned') void send(file, as, true);
            }}
          />
        )}
        {error !== undefined && <FaultNote error={error} retry={file && (() => void send(file, how, true))} />}
        {stage.is === 'choosing' && (
          <DropZone accept={p.accept} multiple={false} onFiles={choose}>
            {p.hint}
          </DropZone>
        )}
        {stage.is === 'busy' && (
          <div aria-live="polite">
            <Text size="sm">{t(stage.applying ? 'applying' : 'trying', { name })}</Text>
            <Progress value={stage.share < 1 ? stage.share * 100 : 100} animated={stage.share >= 1} my={6} aria-label={t(stage.applying ? 'applying' : 'trying', { name })} />
            {!stage.applying && (
              <Button size="xs" variant="default" onClick={() => stop.current.abort()}>
                {ui('cancel')}
              </Button>
            )}
          </div>
        )}
        {outcome && (
          <>
            {stage.is === 'planned' && stage.changed && (
              <Alert color="yellow" role="status">
                {t('planChanged')}
              </Alert>
            )}
            <Rows title={t(stage.is === 'done' ? 'result' : 'planned', { name })} outcome={outcome} fates={p.fates} row={p.row} />
            {stage.is === 'planned' && blocked && (
              <Alert color="red" role="alert">
                {p.allOrNothing}
              </Alert>
            )}
            {stage.is === 'planned' && !blocked && storable === 0 && <Text>{t('nothing')}</Text>}
            <Group>
              {stage.is === 'planned' ? (
                <Button disabled={blocked || storable === 0} onClick={() => file && void send(file, how, false, outcome.plan)}>
                  {p.apply(storable)}
                </Button>
              ) : (
                <Button component={Link} to={p.next.to}>
                  {p.next.label}
                </Button>
              )}
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

/** How many rows of a kind are drawn at the most. */
const most = 200;

function Rows<Row extends { row: number; action: string }>({ title, outcome, fates, row }: { title: string; outcome: Outcome<Row>; fates: Fate<Row>[]; row: string }) {
  const t = useImportWords();
  const [open, setOpen] = useState<string>();
  const there = fates.filter((f) => (outcome.summary[f.action] ?? 0) > 0);
  const shown = there.find((f) => f.action === open) ?? there[0];
  const rows = outcome.rows.filter((r) => r.action === shown?.action);
  return (
    <section aria-label={title}>
      <h2 className="hf-subhead">{title}</h2>
      <Tabs value={shown?.action ?? null} onChange={(v) => setOpen(v ?? undefined)} keepMounted={false}>
        <Tabs.List>
          {there.map((f) => (
            <Tabs.Tab key={f.action} value={f.action}>
              <Badge tone={f.tone} icon={f.icon}>{`${f.label} ${number(outcome.summary[f.action] ?? 0)}`}</Badge>
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown && (
          <Tabs.Panel value={shown.action}>
            <Table.ScrollContainer minWidth={460} mah={420}>
              <Table verticalSpacing={4} stickyHeader>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w={80}>{row}</Table.Th>
                    {shown.columns.map((c) => (
                      <Table.Th key={c.label}>{c.label}</Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody style={{ overflowWrap: 'anywhere' }}>
                  {rows.slice(0, most).map((r) => (
                    <Table.Tr key={r.row}>
                      <Table.Td className="hf-tab">{r.row}</Table.Td>
                      {shown.columns.map((c) => (
                        <Table.Td key={c.label}>{c.cell(r)}</Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
            {rows.length > most && (
              <Text size="sm" className="hf-quiet" mt="xs">
                {t('first', { n: most })}
              </Text>
            )}
          </Tabs.Panel>
        )}
      </Tabs>
    </section>
  );
}
