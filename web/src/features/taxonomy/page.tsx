import { create } from '@bufbuild/protobuf';
import { ActionIcon, Button, Checkbox, ColorInput, Group, Stack, Table, Tabs, Text, TextInput } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { TaxonomyDomainsSchema, TaxonomyService, TaxonomyWordSchema, type TaxonomyVersion, type TaxonomyWord } from '../../gen/holdfast/taxonomy/v1/taxonomy_pb';
import { outdate, useAct } from '../../lib/act';
import { oneOf } from '../../lib/address';
import { dropDraft, keepDraft, readDraft } from '../../lib/drafts';
import { faultOf } from '../../lib/faults';
import { useMay } from '../../lib/me';
import { useTitle } from '../../lib/place';
import { wordsIn, type Domain } from '../../lib/taxonomy';
import { FaultNote, told } from '../../ui/fault';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { WordBadge } from '../../ui/word';
import { AssetService } from '../../gen/holdfast/assets/v1/assets_pb';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { SessionService } from '../../gen/holdfast/sessions/v1/sessions_pb';
import { useQueryClient } from '@tanstack/react-query';
import { moved, numbered, valueOf } from './order';
import { Versions } from './versions';
import { useWords } from './words';
import '../../ui/page.css';

type Lists = Record<Domain, TaxonomyWord[]>;
const snake: Record<Domain, string> = { riskLevel: 'risk_level', remediationStatus: 'remediation_status', sessionStatus: 'session_status', assetType: 'asset_type' };

/** TaxonomyPage edits the tenant's own words; each saving makes a new version. */
export function TaxonomyPage() {
  const t = useWords();
  useTitle(t('title'));
  const query = useQuery(TaxonomyService.method.getCurrentTaxonomy, {});
  return (
    <div className="hf-page">
      <h1>{t('title')}</h1>
      <Text size="sm" mb="md" maw={760}>
        {t('text')}
      </Text>
      <Loaded query={query}>{(version) => <Editor key={version.revision} version={version} />}</Loaded>
    </div>
  );
}

function listsOf(version: TaxonomyVersion): Lists {
  const of = (d: Domain) => wordsIn(version.domains, d);
  return { riskLevel: of('riskLevel'), remediationStatus: of('remediationStatus'), sessionStatus: of('sessionStatus'), assetType: of('assetType') };
}

function Editor({ version }: { version: TaxonomyVersion }) {
  const t = useWords();
  const may = useMay();
  const queries = useQueryClient();
  const [search, change] = useAddress();
  const draft = `taxonomy.${version.revision}`;
  const [kept] = useState(() => readDraft<Lists>(draft));
  const [lists, setLists] = useState<Lists>(() => kept ?? listsOf(version));
  const [dirty, setDirty] = useState(kept !== undefined);
  const [description, setDescription] = useState('');
  const save = useAct(TaxonomyService.method.createTaxonomyVersion, {
    onSuccess: (made) => {
      dropDraft(draft);
      told(t('saved', { n: made.revision }));
      void outdate(queries, AssetService, SessionService, FindingService);
    },
  });
  useEffect(() => {
    if (dirty) keepDraft(draft, lists);
  }, [dirty, draft, lists]);
  const parts: { key: Domain; label: string }[] = [
    { key: 'riskLevel', label: t('riskLevel') }, { key: 'remediationStatus', label: t('remediationStatus') }, { key: 'sessionStatus', label: t('sessionStatus') }, { key: 'assetType', label: t('assetType') },
  ];
  const wanted = oneOf(search.tab);
  const open = wanted === 'versions' || parts.some((p) => p.key === wanted) ? wanted : 'riskLevel';
  const fault = save.error ? faultOf(save.error) : undefined;
  const put = (key: Domain, words: TaxonomyWord[]) => {
    setDirty(true);
    setLists((l) => ({ ...l, [key]: words }));
  };
  const discard = () => {
    dropDraft(draft);
    setDirty(false);
    save.reset();
    setLists(listsOf(version));
  };
  const send = () => {
    const domains = create(TaxonomyDomainsSchema, Object.fromEntries(parts.map((p) => [p.key, numbered(lists[p.key]).map((w) => create(TaxonomyWordSchema, w))])));
    save.mutate({ taxonomyVersion: { description: description || undefined, domains } });
  };
  return (
    <Stack gap="md">
      {version.revision === 0 && (
        <Text size="sm" className="hf-quiet">
          {t('defaults')}
        </Text>
      )}
      {fault && <FaultNote error={save.error} />}
      <Tabs value={open} onChange={(v) => change({ tab: v && v !== 'riskLevel' ? v : undefined })} keepMounted={false}>
        <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
          {parts.map((p) => (
            <Tabs.Tab key={p.key} value={p.key}>
              {p.label}
            </Tabs.Tab>
          ))}
          {may(TaxonomyService.method.listTaxonomyVersions) && <Tabs.Tab value="versions">{t('versions')}</Tabs.Tab>}
        </Tabs.List>
        {parts.map((p) => (
          <Tabs.Panel key={p.key} value={p.key}>
            <Words words={lists[p.key]} onChange={(words) => put(p.key, words)} errors={under(fault?.fields, snake[p.key])} />
          </Tabs.Panel>
        ))}
        <Tabs.Panel value="versions">
          <Versions />
        </Tabs.Panel>
      </Tabs>
      {open !== 'versions' && may(TaxonomyService.method.createTaxonomyVersion) && (
        <>
          <TextInput label={t('description')} maw={560} maxLength={1000} value={description} onChange={(e) => setDescription(e.currentTarget.value)} />
          <Group>
            <Button disabled={!dirty} loading={save.isPending} onClick={send}>
              {t('save')}
            </Button>
            {dirty && (
              <Button variant="default" onClick={discard}>
                {t('discard')}
              </Button>
            )}
          </Group>
        </>
      )}
    </Stack>
  );
}

/** under are the messages about a domain and its words. */
function under(fields: Record<string, string> | undefined, name: string): string[] {
  return Object.entries(fields ?? {}).filter(([k]) => k.includes(name)).map(([k, message]) => `${k.slice(k.indexOf(name) + name.length)} ${message}`.trim());
}

function Words({ words, onChange, errors }: { words: TaxonomyWord[]; onChange: (words: TaxonomyWord[]) => void; errors: string[] }) {
  const t = useWords();
  const put = (i: number, w: Partial<Pick<TaxonomyWord, 'value' | 'label' | 'color' | 'isActive'>>) => onChange(words.map((old, n) => (n === i ? { ...old, ...w } : old)));
  const add = () => onChange(numbered([...words, create(TaxonomyWordSchema, { value: '', label: '', color: '#475569', isActive: true })]));
  return (
    <Stack gap="sm">
      {errors.map((e) => (
        <Text key={e} size="sm" c="red.8" role="alert">
          {e}
        </Text>
      ))}
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('label')}</Table.Th>
              <Table.Th>{t('value')}</Table.Th>
              <Table.Th>{t('color')}</Table.Th>
              <Table.Th>{t('active')}</Table.Th>
              <Table.Th>{t('preview')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {words.map((w, i) => (
              <Table.Tr key={i}>
                <Table.Td>
                  <TextInput
                    size="xs" aria-label={t('label')} value={w.label} maxLength={100}
                    onChange={(e) => {
                      const label = e.currentTarget.value;
                      put(i, w.value === valueOf(w.label) ? { label, value: valueOf(label) } : { label });
                    }}
                  />
                </Table.Td>
                <Table.Td>
                  <TextInput size="xs" aria-label={t('value')} title={t('valueHint')} value={w.value} maxLength={63} onChange={(e) => put(i, { value: e.currentTarget.value })} />
                </Table.Td>
                <Table.Td>
                  <ColorInput withEyeDropper={false} size="xs" w={130} format="hex" aria-label={t('color')} value={w.color} onChange={(color) => put(i, { color })} />
                </Table.Td>
                <Table.Td>
                  <Checkbox size="xs" aria-label={`${t('active')}: ${w.label}`} checked={w.isActive !== false} onChange={(e) => put(i, { isActive: e.currentTarget.checked })} />
                </Table.Td>
                <Table.Td>
                  <WordBadge word={w} />
                </Table.Td>
                <Table.Td>
                  <Group gap={2} wrap="nowrap">
                    <ActionIcon size="sm" variant="subtle" color="gray" disabled={i === 0} aria-label={t('up', { name: w.label })} onClick={() => onChange(moved(words, i, -1))}>
                      <ArrowUp size={14} aria-hidden />
                    </ActionIcon>
                    <ActionIcon size="sm" variant="subtle" color="gray" disabled={i === words.length - 1} aria-label={t('down', { name: w.label })} onClick={() => onChange(moved(words, i, 1))}>
                      <ArrowDown size={14} aria-hidden />
                    </ActionIcon>
                    <ActionIcon size="sm" variant="subtle" color="gray" disabled={words.length === 1} aria-label={t('remove', { name: w.label })} onClick={() => onChange(numbered(words.toSpliced(i, 1)))}>
                      <Trash2 size={14} aria-hidden />
                    </ActionIcon>
                  </Group>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Button size="xs" variant="default" w="fit-content" leftSection={<Plus size={14} aria-hidden />} onClick={add}>
        {t('add')}
      </Button>
    </Stack>
  );
}
