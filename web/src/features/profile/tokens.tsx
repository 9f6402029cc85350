import { Button, Code, CopyButton, Group, Modal, Stack, Table, TagsInput, Text, TextInput } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { ApiTokenSchema, ApiTokenService, type ApiToken } from '../../gen/holdfast/apitokens/v1/apitokens_pb';
import { useAct } from '../../lib/act';
import { dateOf, day } from '../../lib/format';
import { useMe } from '../../lib/me';
import { DayInput } from '../../ui/dates';
import { Badge } from '../../ui/badge';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { Loaded } from '../../ui/loaded';
import { Ago, useNow } from '../../ui/time';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** Tokens are those that scripts use for the person. */
export function Tokens() {
  const t = useWords();
  const ui = useShared();
  const query = useQuery(ApiTokenService.method.listApiTokens, { perPage: 100, orderBy: '-created_at' });
  const revoke = useAct(ApiTokenService.method.revokeApiToken, { onError: failed });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState('');
  const now = useNow(60);
  const ended = (x: ApiToken) => (dateOf(x.expiresAt)?.getTime() ?? Infinity) < now;
  return (
    <Loaded query={query}>
      {(page) => (
        <Stack gap="sm">
          <Group justify="space-between">
            <Text size="sm">{t('tokensText')}</Text>
            <Button size="xs" leftSection={<Plus size={14} aria-hidden />} onClick={() => setMaking(true)}>
              {t('tokenNew')}
            </Button>
          </Group>
          {page.items.length === 0 ? (
            <Text className="hf-quiet">{t('tokensNone')}</Text>
          ) : (
            <div className="hf-scroll">
              <Table aria-label={t('tab.tokens')}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('tokenName')}</Table.Th>
                    <Table.Th>{t('tokenPrefix')}</Table.Th>
                    <Table.Th>{t('tokenScopes')}</Table.Th>
                    <Table.Th>{t('tokenExpires')}</Table.Th>
                    <Table.Th>{t('tokenUsed')}</Table.Th>
                    <Table.Th>{t('tokenState')}</Table.Th>
                    <Table.Th aria-label={t('tokenRevoke')} />
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {page.items.map((x) => (
                    <Table.Tr key={x.id}>
                      <Table.Td>{x.name}</Table.Td>
                      <Table.Td className="hf-num">{x.prefix}</Table.Td>
                      <Table.Td className="hf-num">{x.scopes.join(' ')}</Table.Td>
                      <Table.Td>{x.expiresAt ? day(x.expiresAt) : ui('never')}</Table.Td>
                      <Table.Td>{x.lastUsedAt ? <Ago at={x.lastUsedAt} /> : ui('never')}</Table.Td>
                      <Table.Td>{x.revokedAt ? <Badge>{t('tokenRevoked')}</Badge> : ended(x) ? <Badge>{t('tokenExpired')}</Badge> : <Badge tone="good">{t('tokenGood')}</Badge>}</Table.Td>
                      <Table.Td ta="right">
                        {!x.revokedAt && (
                          <Button
                            size="compact-xs" variant="default" aria-label={`${t('tokenRevoke')}: ${x.name}`}
                            onClick={() => void confirm({ title: `${t('tokenRevoke')}: ${x.name}`, text: t('tokenRevokeText'), action: t('tokenRevoke'), danger: true }).then((yes) => yes && revoke.mutate({ id: x.id, version: x.version }))}
                          >
                            {t('tokenRevoke')}
                          </Button>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )}
          {making && (
            <TokenForm
              onClose={(secret) => {
                setMaking(false);
                setMade(secret ?? '');
              }}
            />
          )}
          <Modal opened={!!made} onClose={() => setMade('')} title={t('tokenShown')} closeOnClickOutside={false} closeButtonProps={{ 'aria-label': ui('close') }}>
            <Stack gap="sm">
              <Text size="sm">{t('tokenShownText')}</Text>
              <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
                {made}
              </Code>
              <CopyButton value={made}>{({ copied, copy }) => <Button onClick={copy}>{copied ? ui('copied') : ui('copy')}</Button>}</CopyButton>
            </Stack>
          </Modal>
        </Stack>
      )}
    </Loaded>
  );
}

function TokenForm({ onClose }: { onClose: (secret?: string) => void }) {
  const t = useWords();
  const me = useMe();
  const now = useNow(60);
  const create = useAct(ApiTokenService.method.createApiToken);
  const form = useRecordForm({
    schema: ApiTokenSchema,
    initial: { scopes: [] },
    draft: 'apitoken.new',
    save: (values) => create.mutateAsync({ apiToken: values }),
    onSaved: (saved) => onClose(saved.token),
  });
  const at = dateOf(form.values.expiresAt);
  return (
    <FormDrawer form={form} title={t('tokenNew')} onClose={() => onClose()}>
      <TextInput {...form.text('name', t('tokenName'))} data-autofocus />
      <TagsInput {...form.many('scopes', t('tokenScopes'))} description={t('tokenScopesHint')} data={(me?.permissions ?? []).toSorted()} splitChars={[' ', ',']} />
      <DayInput
        label={t('tokenExpires')} clearable minDate={new Date(now)} value={at ?? null} error={form.fault?.fields.expires_at}
        onChange={(d) => form.set('expiresAt', d ? timestampFromDate(new Date(`${d}T23:59:59Z`)) : undefined)}
      />
    </FormDrawer>
  );
}
