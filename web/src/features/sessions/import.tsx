import { Anchor } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { CircleAlert, CirclePlus, CircleSlash, Equal, Eye, RotateCcw } from 'lucide-react';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { outdate } from '../../lib/act';
import { stringifySearch } from '../../lib/address';
import { Importer, type Fate } from '../../ui/importer';
import { formatOf, formats } from './format';
import { useWords } from './words';

interface Row {
  row: number;
  action: string;
  id: string | null;
  title: string;
  duplicate_of: string | null;
  error: string | null;
}

/** SessionImport takes a scanner's file into a session. */
export function SessionImport() {
  const t = useWords();
  const { id = '' } = useParams({ strict: false });
  const queries = useQueryClient();
  const session = useQuery(SessionService.method.getSession, { id });
  const what: Fate<Row>['columns'][number] = { label: t('what'), cell: (r) => (r.id ? <Anchor component={Link} to={`/findings/${r.id}`} size="sm">{r.title}</Anchor> : r.title) };
  const known: typeof what = {
    label: t('known'),
    cell: (r) => r.duplicate_of && <Anchor component={Link} to={`/findings/${r.duplicate_of}`} size="sm" className="hf-num">{r.duplicate_of}</Anchor>,
  };
  return (
    <Importer<Row>
      title={t('importTitle', { name: session.data?.name ?? '' })}
      text={t('importText')}
      accept=".sarif,.json,.jsonl,.xml,.nessus,.csv"
      hint={t('choose')}
      how={{ label: t('format'), first: 'sarif', options: useWords.choices('format', formats), of: formatOf }}
      path={(how, dry) => `/api/v1/sessions/${id}/import${stringifySearch({ format: how, dry_run: String(dry) })}`}
      fates={[
        { action: 'error', label: t('action.error'), tone: 'critical', icon: CircleAlert, columns: [what, { label: t('why'), cell: (r) => r.error }] },
        { action: 'create', label: t('action.create'), tone: 'good', icon: CirclePlus, columns: [what] },
        { action: 'reopen', label: t('action.reopen'), tone: 'medium', icon: RotateCcw, columns: [what] },
        { action: 'update', label: t('action.update'), tone: 'neutral', icon: Eye, columns: [what] },
        { action: 'suppressed', label: t('action.suppressed'), tone: 'neutral', icon: CircleSlash, columns: [what, { label: t('why'), cell: (r) => r.error }] },
        { action: 'duplicate', label: t('action.duplicate'), tone: 'neutral', icon: Equal, columns: [what, known] },
      ]}
      row={t('row')}
      apply={(n) => t('apply', { n })}
      stores={['create', 'update', 'reopen']}
      next={{ to: `/sessions/${id}`, label: t('back') }}
      onStored={() => void outdate(queries, FindingService, SessionService)}
    />
  );
}
