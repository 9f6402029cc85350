import { ActionIcon, NativeSelect } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { Page } from '../lib/lists';
import { useWords } from './words';

/** Pager says which rows are shown of how many, and turns the page. Its place is kept while the first page is still to come. */
export function Pager({ page, change }: { page: Page<unknown> | undefined; change: (changes: Record<string, string | undefined>) => void }) {
  const t = useWords();
  if (!page) return <div className="hf-foot" />;
  const from = page.items.length ? (page.page - 1) * page.perPage + 1 : 0;
  const to = from ? from + page.items.length - 1 : 0;
  const values = { from, to, total: page.total };
  const more = page.pages < 0 ? page.items.length === page.perPage : page.page < page.pages || page.totalCapped;
  const turn = (by: number) => change({ page: page.page + by > 1 ? String(page.page + by) : undefined });
  return (
    <div className="hf-foot">
      <span className="hf-tab hf-quiet" aria-live="polite">
        {page.total < 0 ? t('rangeOpen', values) : t(page.totalCapped ? 'rangeMore' : 'range', values)}
      </span>
      <span style={{ marginLeft: 'auto' }} />
      <NativeSelect
        size="xs" aria-label={t('perPage')} value={String(page.perPage)} data={['25', '50', '100']}
        onChange={(e) => change({ per_page: e.currentTarget.value === '25' ? undefined : e.currentTarget.value, page: undefined })}
      />
      <ActionIcon variant="default" aria-label={t('previous')} disabled={page.page <= 1} onClick={() => turn(-1)}>
        <ChevronLeft size={16} aria-hidden />
      </ActionIcon>
      <ActionIcon variant="default" aria-label={t('next')} disabled={!more} onClick={() => turn(1)}>
        <ChevronRight size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}
