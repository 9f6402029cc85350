import { Button, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { toJson, type DescMessage, type DescMethodUnary } from '@bufbuild/protobuf';
import { ValueSchema, type Value } from '@bufbuild/protobuf/wkt';
import { Cog } from 'lucide-react';
import { useState } from 'react';
import type { Change, Ref } from '../gen/holdfast/type/v1/type_pb';
import { dateTime, span } from '../lib/format';
import type { Page } from '../lib/lists';
import { linkWord } from './linkwords';
import { Loaded, type Asked } from './loaded';
import { Avatar } from './person';
import { Ago } from './time';
import { useWords } from './words';

interface Props {
  /** The record's history method, such as SiteService.method.listSiteHistory. */
  method: DescMethodUnary<DescMessage, DescMessage>;
  id: string;
  /** What a field is called, by its proto name; its own name where this answers nothing. */
  label: (field: string) => string | undefined;
  /** What a value is called, where it has words of its own. */
  value?: (field: string, value: string) => string | undefined;
}

/** What is told among a record's changes, and is none. */
const others: Record<string, 'commented' | 'linked' | 'unlinked'> = { 'comment.created': 'commented', 'link.created': 'linked', 'link.deleted': 'unlinked' };

/** History lists what happened to a record, newest first, with the values before and after. */
export function History({ method, id, label, value }: Props) {
  const t = useWords();
  const [size, setSize] = useState(25);
  const query = useQuery(method, { id, perPage: size } as never, { placeholderData: (b: unknown) => b as never });
  const text = (field: string, v: Value | undefined, ref: Ref | undefined): string => {
    const called = ref ? [ref.number, ref.label].filter(Boolean).join(' ') : '';
    if (called && field !== 'link') return called;
    const raw = v ? toJson(ValueSchema, v) : null;
    if (raw === null || raw === '') return t('none');
    if (typeof raw === 'boolean') return t(raw ? 'yes' : 'no');
    if (typeof raw === 'string') {
      const at = /^\d{4}-\d\d-\d\dT/.test(raw) ? new Date(raw) : undefined;
      return value?.(field, raw) ?? (at && !Number.isNaN(at.getTime()) ? dateTime(at) : raw);
    }
    if (typeof raw === 'number' && field.endsWith('_seconds')) return span(raw);
    if (field === 'link' && typeof raw === 'object' && 'type' in raw) return [linkWord(String(raw.type), 'to_id' in raw), called].filter(Boolean).join(' ');
    return Array.isArray(raw) ? raw.map((x) => (typeof x === 'string' ? (value?.(field, x) ?? x) : JSON.stringify(x))).join(', ') || t('none') : JSON.stringify(raw);
  };
  return (
    <Loaded query={query as unknown as Asked<Page<Change>>} height={120}>
      {(page) =>
        page.items.length ? (
          <Stack gap={0}>
            {page.items.map((c, i) => {
              const acted = c.action in others ? t(others[c.action] ?? 'created') : c.action.endsWith('.created') ? t('created') : c.action.endsWith('.deleted') ? t('removed') : t('changed', { field: label(c.field) ?? c.field });
              return (
                <div className="hf-entry" key={`${i}-${c.field}`}>
                  {c.by ? <Avatar name={c.by.label} id={c.by.id} /> : <Cog size={18} aria-hidden className="hf-quiet" />}
                  <div>
                    <div>
                      <strong>{c.by?.label ?? (c.actor ? t('system', { actor: c.actor }) : t('somebody'))}</strong> {acted} · <Ago at={c.at} />
                    </div>
                    {c.field && (
                      <div className="hf-diff">
                        {c.action.endsWith('.created') ? (
                          <>
                            <span className="hf-quiet">{c.action in others ? '' : (label(c.field) ?? c.field)}</span>
                            <ins className="hf-new" style={{ textDecoration: 'none' }}>{text(c.field, c.new, c.newRef)}</ins>
                          </>
                        ) : (
                          <>
                            <del className="hf-old" aria-label={`${t('before')}: ${text(c.field, c.old, c.oldRef)}`}>{text(c.field, c.old, c.oldRef)}</del>
                            <ins className="hf-new" style={{ textDecoration: 'none' }} aria-label={`${t('after')}: ${text(c.field, c.new, c.newRef)}`}>{text(c.field, c.new, c.newRef)}</ins>
                          </>
                        )}
                      </div>
                    )}
                    {c.reason && <div className="hf-quiet">{t('reason', { text: c.reason })}</div>}
                  </div>
                </div>
              );
            })}
            {(page.pages > 1 || page.totalCapped) && size < 100 && (
              <Button size="xs" variant="default" mt="sm" onClick={() => setSize((s) => Math.min(100, s + 25))}>
                {t('loadMore')}
              </Button>
            )}
          </Stack>
        ) : (
          <Text className="hf-quiet">{t('historyEmpty')}</Text>
        )
      }
    </Loaded>
  );
}
