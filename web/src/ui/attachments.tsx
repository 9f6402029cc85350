import { ActionIcon, Anchor, Group, Progress, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useQueryClient } from '@tanstack/react-query';
import { File as FileIcon, Image, Trash2, X } from 'lucide-react';
import { useState } from 'react';
import { AttachmentService } from '../gen/holdfast/attachments/v1/attachments_pb';
import { outdate, useAct } from '../lib/act';
import { stringifySearch } from '../lib/address';
import { faultOf } from '../lib/faults';
import { bytes } from '../lib/format';
import { download } from '../lib/lists';
import { upload } from '../lib/upload';
import { confirm } from './confirm';
import { DropZone } from './dropzone';
import { failed, saying } from './fault';
import { Loaded } from './loaded';
import { Ago } from './time';
import { useWords } from './words';

interface Sending {
  key: number;
  name: string;
  share: number;
  error?: string;
  stop: AbortController;
}

let next = 0;

/** Attachments are the files of a record, of any kind. */
export function Attachments({ kind, id, may }: { kind: string; id: string; may: boolean }) {
  const t = useWords();
  const queries = useQueryClient();
  const query = useQuery(AttachmentService.method.listRecordAttachments, { recordKind: kind, recordId: id, perPage: 100 });
  const remove = useAct(AttachmentService.method.deleteAttachment, { onError: failed });
  const [sending, setSending] = useState<Sending[]>([]);
  const patch = (key: number, change: Partial<Sending>) => setSending((all) => all.map((s) => (s.key === key ? { ...s, ...change } : s)));
  const drop = (key: number) => setSending((all) => all.filter((s) => s.key !== key));
  const send = async (file: File) => {
    const one: Sending = { key: next++, name: file.name, share: 0, stop: new AbortController() };
    setSending((all) => [...all, one]);
    try {
      await upload(`/api/v1/attachments${stringifySearch({ record_kind: kind, record_id: id })}`, file, (share) => patch(one.key, { share }), one.stop.signal);
      drop(one.key);
      await outdate(queries, AttachmentService);
    } catch (thrown) {
      if (one.stop.signal.aborted) drop(one.key);
      else patch(one.key, { error: saying(faultOf(thrown)) });
    }
  };
  return (
    <Loaded query={query} height={80}>
      {(page) => (
        <Stack gap="sm">
          {page.items.map((a) => {
            const Icon = a.contentType.startsWith('image/') ? Image : FileIcon;
            return (
              <Group key={a.id} gap="xs" wrap="nowrap">
                <Icon size={15} aria-hidden style={{ flex: 'none' }} />
                <Anchor component="button" type="button" size="sm" className="hf-cut" aria-label={t('download', { name: a.fileName })} onClick={() => void download(`/api/v1/attachments/${a.id}/download`, a.fileName).catch(failed)}>
                  {a.fileName}
                </Anchor>
                <Text size="xs" className="hf-quiet" style={{ flex: 'none' }}>
                  {bytes(a.sizeBytes)} · <Ago at={a.createdAt} />
                </Text>
                {may && (
                  <ActionIcon
                    size="sm" variant="subtle" color="gray" ml="auto" aria-label={`${t('delete')}: ${a.fileName}`}
                    onClick={() => void confirm({ title: t('deleteTitle', { name: a.fileName }), action: t('delete'), danger: true }).then((yes) => yes && remove.mutate({ id: a.id }))}
                  >
                    <Trash2 size={14} aria-hidden />
                  </ActionIcon>
                )}
              </Group>
            );
          })}
          {sending.map((s) => (
            <Group key={s.key} gap="xs" wrap="nowrap" aria-live="polite">
              <span className="hf-cut">{s.name}</span>
              {s.error ? (
                <Text size="sm" c="var(--hf-critical)" role="alert">
                  {s.error}
                </Text>
              ) : (
                <Progress value={s.share * 100} flex={1} aria-label={t('uploading', { name: s.name })} />
              )}
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('cancel')} onClick={() => (s.error ? drop(s.key) : s.stop.abort())}>
                <X size={14} aria-hidden />
              </ActionIcon>
            </Group>
          ))}
          {!page.items.length && !sending.length && <Text className="hf-quiet">{t('attachmentsEmpty')}</Text>}
          {may && <DropZone onFiles={(files) => files.forEach((f) => void send(f))} />}
        </Stack>
      )}
    </Loaded>
  );
}
