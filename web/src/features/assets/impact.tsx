import { Stack, Table, Text, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { Background, Controls, MarkerType, Position, ReactFlow, type Edge, type Node } from '@xyflow/react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { AssetService, type Asset } from '../../gen/holdfast/assets/v1/assets_pb';
import type { ImpactedAsset } from '../../gen/holdfast/graph/v1/graph_pb';
import { Loaded } from '../../ui/loaded';
import { RecordLink } from '../../ui/recordlink';
import { layout } from './layout';
import { Criticality } from './looks';
import { useWords } from './words';
import '@xyflow/react/dist/style.css';
import './impact.css';

/** Impact shows who is affected when an asset fails: as a graph, and as a table that says the same. */
export function Impact({ asset }: { asset: Asset }) {
  const query = useQuery(AssetService.method.getAssetImpact, { id: asset.id, perPage: 100 });
  return (
    <Loaded query={query} height={300}>
      {({ items, total }) => <Affected asset={asset} items={items} total={total} />}
    </Loaded>
  );
}

function Affected({ asset, items, total }: { asset: Asset; items: ImpactedAsset[]; total: number }) {
  const t = useWords();
  if (!items.length) return <Text className="hf-quiet">{t('impactNone')}</Text>;
  return (
    <Stack gap="md">
      <Text size="sm">
        {t('impactText', { n: total })} {total > items.length && t('impactMore', { n: items.length })}
      </Text>
      <Graph asset={asset} items={items} />
      <Table.ScrollContainer minWidth={460}>
        <Table verticalSpacing={4} aria-label={t('graph')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('asset')}</Table.Th>
              <Table.Th>{t('criticality')}</Table.Th>
              <Table.Th>{t('distance')}</Table.Th>
              <Table.Th>{t('way')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((i) => (
              <Table.Tr key={i.asset?.id}>
                <Table.Td>
                  <RecordLink kind="asset" to={i.asset} />
                </Table.Td>
                <Table.Td>
                  <Criticality criticality={i.criticality} />
                </Table.Td>
                <Table.Td>{t('steps', { n: i.distance })}</Table.Td>
                <Table.Td className="hf-quiet">
                  {i.path
                    .slice(0, -1)
                    .map((s) => s.asset?.label ?? '')
                    .join(' → ')}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Stack>
  );
}

function Graph({ asset, items }: { asset: Asset; items: ImpactedAsset[] }) {
  const t = useWords();
  const scheme = useComputedColorScheme();
  const navigate = useNavigate();
  const { nodes, edges } = useMemo(() => {
    const known = items.flatMap((i) => (i.asset ? [{ id: i.asset.id, distance: i.distance, from: i.path.at(-2)?.asset?.id ?? asset.id, item: i }] : []));
    const at = new Map(layout(asset.id, known).map((p) => [p.id, p]));
    const node = (id: string, label: string, kind: string): Node => ({
      id, position: { x: at.get(id)?.x ?? 0, y: at.get(id)?.y ?? 0 }, data: { label }, sourcePosition: Position.Right, targetPosition: Position.Left,
      className: 'hf-node', domAttributes: { 'data-kind': kind } as never, ariaLabel: label, connectable: false,
    });
    return {
      nodes: [
        node(asset.id, `${asset.number} ${asset.name} · ${t('graphFails')}`, 'root'),
        ...known.map((k) => node(k.id, `${k.item.asset?.number ?? ''} ${k.item.asset?.label ?? ''}`, k.item.criticality)),
      ],
      edges: known.map<Edge>((k) => ({
        id: `${k.from}-${k.id}`, source: k.from, target: k.id, label: useWords.known(`type.${k.item.path.at(-1)?.type ?? ''}`),
        markerEnd: { type: MarkerType.ArrowClosed }, focusable: false,
      })),
    };
  }, [asset, items, t]);
  return (
    <div className="hf-graph" role="group" aria-label={t('graph')}>
      <ReactFlow
        nodes={nodes} edges={edges} fitView fitViewOptions={{ padding: 0.05, minZoom: 0.5, maxZoom: 1 }} minZoom={0.2} maxZoom={1.5} colorMode={scheme} nodesDraggable={false} nodesConnectable={false} edgesFocusable={false}
        proOptions={{ hideAttribution: true }} onNodeClick={(_, n) => n.id !== asset.id && void navigate({ to: `/assets/${n.id}`, search: { tab: 'impact' } as never })}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
