import { Anchor } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleAlert, CirclePlus, Equal, Pencil } from 'lucide-react';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { outdate } from '../../lib/act';
import { stringifySearch } from '../../lib/address';
import { Importer, type Fate } from '../../ui/importer';
import { useWords } from './words';

interface Row {
  row: number;
  action: string;
  id: string | null;
  errors: Record<string, string> | null;
}

/** AssetImport takes assets from a table. */
export function AssetImport() {
  const t = useWords();
  const queries = useQueryClient();
  const asset: Fate<Row>['columns'] = [{ label: t('asset'), cell: (r) => r.id && <Anchor component={Link} to={`/assets/${r.id}`} size="sm" className="hf-num">{r.id}</Anchor> }];
  const errors: Fate<Row>['columns'] = [
    {
      label: t('errors'),
      cell: (r) =>
        Object.entries(r.errors ?? {}).map(([field, message]) => (
          <div key={field}>
            <strong>{field}</strong> {message}
          </div>
        )),
    },
  ];
  return (
    <Importer<Row>
      title={t('importTitle')}
      text={t('importText')}
      accept=".csv,text/csv"
      hint={t('choose')}
      how={{ label: t('matchOn'), first: 'serial', options: useWords.choices('match', ['serial', 'hostname', 'name', 'none']) }}
      path={(how, dry, plan) => `/api/v1/assets/import${stringifySearch({ match_on: how === 'none' ? undefined : how, dry_run: String(dry), plan })}`}
      fates={[
        { action: 'error', label: t('action.error'), tone: 'critical', icon: CircleAlert, columns: errors },
        { action: 'create', label: t('action.create'), tone: 'good', icon: CirclePlus, columns: asset },
        { action: 'update', label: t('action.update'), tone: 'low', icon: Pencil, columns: asset },
        { action: 'skip', label: t('action.skip'), tone: 'neutral', icon: Equal, columns: asset },
      ]}
      row={t('row')}
      apply={(n) => t('apply', { n })}
      stores={['create', 'update']}
      allOrNothing={t('wrong')}
      next={{ to: '/assets', label: t('toList') }}
      onStored={() => void outdate(queries, AssetService)}
    />
  );
}
