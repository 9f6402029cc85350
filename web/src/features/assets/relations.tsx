import { ActionIcon, Button, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { ArrowLeft, ArrowRight, Plus, X } from 'lucide-react';
import { useState } from 'react';
import { AssetService, type Asset } from '../../gen/holdfast/assets/v1/assets_pb';
import { useAct } from '../../lib/act';
import { faultOf } from '../../lib/faults';
import { failed, saying } from '../../ui/fault';
import { Loaded } from '../../ui/loaded';
import { RecordLink } from '../../ui/recordlink';
import { RecordSelect } from '../../ui/recordselect';
import { useWords as useShared } from '../../ui/words';
import { relationTypes } from './vocabulary';
import { useWords } from './words';

/** Relations are what an asset depends on, what depends on it, and what it hangs together with. */
export function Relations({ asset, may }: { asset: Asset; may: boolean }) {
  const t = useWords();
  const query = useQuery(AssetService.method.listAssetRelations, { id: asset.id, perPage: 100, orderBy: 'type' });
  const remove = useAct(AssetService.method.deleteAssetRelation, { onError: failed });
  const [adding, setAdding] = useState(false);
  return (
    <Loaded query={query} height={100}>
      {(page) => (
        <Stack gap="sm">
          {page.items.map((r) => {
            const out = r.fromId === asset.id;
            const other = out ? r.to : r.from;
            return (
              <Group key={r.id} gap="xs" wrap="nowrap">
                {out ? <ArrowRight size={15} aria-hidden /> : <ArrowLeft size={15} aria-hidden />}
                <span className="hf-quiet" style={{ flex: 'none' }}>
                  {useWords.word(`${out ? 'type' : 'back'}.${r.type}`)}
                </span>
                <span className="hf-cut">
                  <RecordLink kind="asset" to={other} />
                </span>
                {r.failureFlows && <span className="hf-quiet hf-cut">· {t('flows')}</span>}
                {r.redundancyGroup && <span className="hf-quiet hf-cut">· {t('needsOf', { n: r.redundancyNeeded ?? 1, group: r.redundancyGroup })}</span>}
                {may && (
                  <ActionIcon size="sm" variant="subtle" color="gray" ml="auto" aria-label={t('removeRelation', { name: other?.label ?? '' })} onClick={() => remove.mutate({ id: asset.id, relationId: r.id })}>
                    <X size={14} aria-hidden />
                  </ActionIcon>
                )}
              </Group>
            );
          })}
          {!page.items.length && <Text className="hf-quiet">{t('relationsEmpty')}</Text>}
          {may &&
            (adding ? (
              <Add asset={asset} onDone={() => setAdding(false)} />
            ) : (
              <Button size="xs" variant="default" w="fit-content" leftSection={<Plus size={14} aria-hidden />} onClick={() => setAdding(true)}>
                {t('relate')}
              </Button>
            ))}
        </Stack>
      )}
    </Loaded>
  );
}

function Add({ asset, onDone }: { asset: Asset; onDone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const [type, setType] = useState('depends_on');
  const [to, setTo] = useState({ id: '', label: '' });
  const [group, setGroup] = useState('');
  const [needed, setNeeded] = useState(1);
  const shared = type === 'depends_on' || type === 'runs_on';
  const create = useAct(AssetService.method.createAssetRelation, { onSuccess: onDone });
  const fault = create.error ? faultOf(create.error) : undefined;
  const own = fault?.fields.to_id ?? fault?.fields.type ?? fault?.fields.redundancy_group ?? fault?.fields.redundancy_needed;
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        create.mutate({ id: asset.id, relation: { toId: to.id, type, ...(shared && group.trim() ? { redundancyGroup: group.trim(), redundancyNeeded: needed } : {}) } });
      }}
    >
      <Group align="flex-start" gap="sm">
        <Select label={t('kind')} allowDeselect={false} w={180} value={type} onChange={(v) => setType(v ?? type)} data={useWords.choices('type', relationTypes)} error={fault?.fields.type} />
        <RecordSelect
          label={t('other')} required w={280} data-autofocus records={AssetService.method.listAssets} value={to.id} valueLabel={to.label || undefined}
          error={fault?.fields.to_id ?? (fault && !own ? saying(fault) : undefined)} onChange={(id, label) => setTo({ id, label })}
        />
        {shared && (
          <TextInput label={t('redundancyGroup')} description={t('redundancyText')} inputWrapperOrder={['label', 'input', 'description', 'error']} w={200} maxLength={64} value={group} onChange={(e) => setGroup(e.currentTarget.value)} error={fault?.fields.redundancy_group} />
        )}
        {shared && group.trim() && (
          <NumberInput label={t('redundancyNeeded')} w={110} min={1} max={100} allowDecimal={false} value={needed} onChange={(v) => setNeeded(Number(v) || 1)} error={fault?.fields.redundancy_needed} />
        )}
        <Group gap="xs" mt={24}>
          <Button type="submit" size="sm" disabled={!to.id} loading={create.isPending}>
            {ui('create')}
          </Button>
          <Button size="sm" variant="default" onClick={onDone}>
            {ui('cancel')}
          </Button>
        </Group>
      </Group>
    </form>
  );
}
