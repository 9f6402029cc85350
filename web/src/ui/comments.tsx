import { ActionIcon, Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import type { DescService } from '@bufbuild/protobuf';
import { Lock, Pencil, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { CommentService, type Comment } from '../gen/holdfast/comments/v1/comments_pb';
import { useAct } from '../lib/act';
import { useMe } from '../lib/me';
import { confirm } from './confirm';
import { useDraft } from './draft';
import { failed, FaultNote } from './fault';
import { Loaded } from './loaded';
import { Markdown } from './markdown';
import { MarkdownEditor } from './markdowneditor';
import { useMentions } from './mention';
import { Avatar } from './person';
import { Ago } from './time';
import { useWords } from './words';

interface Props {
  /** The record's kind, such as "site". */
  kind: string;
  id: string;
  /** Whether the person may change the record, and so comment on it. */
  may: boolean;
  /** Whether clients' own users see the record, so that a comment can be internal. */
  forClients?: boolean;
}

/** Comments is the talk about a record. */
export function Comments({ kind, id, may, forClients }: Props) {
  const t = useWords();
  const me = useMe();
  const query = useQuery(CommentService.method.listComments, { recordKind: kind, recordId: id, perPage: 100, cursor: '', full: true });
  const remove = useAct(CommentService.method.deleteComment, { onError: failed });
  const [editing, setEditing] = useState('');
  return (
    <Stack gap="md">
      <Loaded query={query} height={100}>
        {({ items }) => (
          <div>
            {items.map((c) => (
              <div className="hf-entry" key={c.id}>
                <Avatar name={c.author?.label ?? '?'} id={c.authorId ?? ''} size={24} />
                <div>
                  <Group gap={6} mb={2}>
                    <strong>{c.author?.label ?? t('somebody')}</strong>
                    <span className="hf-quiet">
                      <Ago at={c.createdAt} />
                      {c.version > 1 && ` · ${t('edited')}`}
                    </span>
                    {c.internal && (
                      <span className="hf-badge">
                        <Lock size={12} aria-hidden />
                        {t('internalMark')}
                      </span>
                    )}
                    {may && c.authorId === me?.user?.id && (
                      <Group gap={2} ml="auto">
                        <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t('edit')} onClick={() => setEditing(c.id)}>
                          <Pencil size={13} aria-hidden />
                        </ActionIcon>
                        <ActionIcon
                          size="sm" variant="subtle" color="gray" aria-label={t('delete')}
                          onClick={() => void confirm({ title: t('deleteComment'), action: t('delete'), danger: true }).then((yes) => yes && remove.mutate({ id: c.id, version: c.version }))}
                        >
                          <Trash2 size={13} aria-hidden />
                        </ActionIcon>
                      </Group>
                    )}
                  </Group>
                  {editing === c.id ? <Write kind={kind} id={id} comment={c} forClients={forClients} onDone={() => setEditing('')} /> : <Markdown text={c.body} />}
                </div>
              </div>
            ))}
            {!items.length && <Text className="hf-quiet">{t('commentsEmpty')}</Text>}
          </div>
        )}
      </Loaded>
      {may && <Write kind={kind} id={id} forClients={forClients} />}
    </Stack>
  );
}

interface WriteProps extends Omit<Props, 'may'> {
  /** What is changed; without it a new one is written. */
  comment?: Comment;
  onDone?: () => void;
  /** Services whose answers show comments, too. */
  also?: DescService[];
}

/** Write writes a comment, and mentions people by name; what was typed outlives a reload. */
export function Write({ kind, id, comment, forClients, onDone, also }: WriteProps) {
  const t = useWords();
  const [body, setBody, stored] = useDraft(`comment.${comment?.id ?? id}`, comment?.body ?? '');
  const [internal, setInternal] = useState(comment?.internal ?? false);
  const mentions = useMentions(`comment.${comment?.id ?? id}`, comment?.mentioned ?? [], body, setBody);
  const done = () => {
    stored();
    mentions.done();
    onDone?.();
  };
  const create = useAct(CommentService.method.createComment, { onSuccess: done, also });
  const update = useAct(CommentService.method.updateComment, { onSuccess: done, also });
  const act = comment ? update : create;
  const send = () => {
    if (!body.trim() || act.isPending) return;
    const written = { body, internal, mentions: mentions.called(body) };
    if (comment) update.mutate({ comment: { id: comment.id, version: comment.version, ...written }, updateMask: { paths: Object.keys(written) } });
    else create.mutate({ comment: { recordKind: kind, recordId: id, ...written } });
  };
  return (
    <form
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) send();
      }}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
    >
      <Stack gap="xs">
        <MarkdownEditor label={t('comment')} hideLabel value={body} onChange={setBody} placeholder={t('commentPlaceholder')} minRows={2} maxLength={20_000} mentions={mentions} />
        {act.error && <FaultNote error={act.error} />}
        <Group gap="sm">
          <Button size="xs" type="submit" loading={act.isPending} disabled={!body.trim()}>
            {comment ? t('save') : t('send')}
          </Button>
          {onDone && (
            <Button size="xs" variant="default" onClick={done}>
              {t('cancel')}
            </Button>
          )}
          {forClients && <Checkbox size="xs" label={t('internal')} checked={internal} onChange={(e) => setInternal(e.currentTarget.checked)} />}
        </Group>
      </Stack>
    </form>
  );
}
