import { Group, Stack, Table, Text, useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import type { DescMessage, DescMethodUnary } from '@bufbuild/protobuf';
import { Background, Controls, MarkerType, Position, ReactFlow, type Edge, type Node } from '@xyflow/react';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { Impact as Answer, ImpactedAsset, ImpactSummary } from '../../gen/holdfast/graph/v1/graph_pb';
import { Badge } from '../badge';
import { Loaded, type Asked } from '../loaded';
import { RecordLink } from '../recordlink';
import { Segments } from '../segments';
import { layout } from './layout';
import { useWords } from './words';
import '@xyflow/react/dist/style.css';
import './impact.css';

interface Props {
  /** What answers it, such as AssetService.method.getAssetImpact. */
  method: DescMethodUnary<DescMessage, DescMessage>;
  id: string;
  /** What fails, as it is called. */
  root: string;
}

type Direction = 'downstream' | 'upstream';

/** Impact shows what is hit when a record fails, or what it depends on: in figures, as a graph, and as a table that says the same. */
export function Impact({ method, id, root }: Props) {
  const t = useWords();
  const [direction, setDirection] = useState<Direction>('downstream');
  const query = useQuery(method, { id, perPage: 100, direction } as never);
  return (
    <Stack gap="md">
      <Segments label={t('direction')} value={direction} data={(['downstream', 'upstream'] as const).map((value) => ({ value, label: t(value) }))} onChange={setDirection} />
      <Loaded query={query as unknown as Asked<Answer>} height={300}>
        {(answer) => <Reached answer={answer} root={root} down={direction === 'downstream'} />}
      </Loaded>
    </Stack>
  );
}

function Reached({ answer: { items, total, note, summary }, root, down }: { answer: Answer; root: string; down: boolean }) {
  const t = useWords();
  const weakened = summary?.weakened ?? 0;
  return (
    <Stack gap="md">
      {note && <Text size="sm">{note}</Text>}
      {items.length === 0 && <Text className="hf-quiet">{t(down ? 'none' : 'needsNone')}</Text>}
      {(items.length > 0 || weakened > 0) && summary && <Summary summary={summary} down={down} />}
      {items.length > 0 && (
        <>
          {total > items.length && <Text size="sm">{t('more', { n: items.length })}</Text>}
          <Graph root={root} items={items} down={down} />
          <Rows items={items} />
        </>
      )}
    </Stack>
  );
}

const criticalities = ['critical', 'high', 'medium', 'low'] as const;

function Summary({ summary, down }: { summary: ImpactSummary; down: boolean }) {
  const t = useWords();
  return (
    <Stack gap={4}>
      <Group gap="xs">
        <Text size="sm">{t(down ? 'text' : 'needs', { n: summary.total })}</Text>
        {criticalities
          .filter((c) => summary.byCriticality[c])
          .map((c) => (
            <Badge key={c} tone={c}>
              {`${t(c)} ${summary.byCriticality[c]}`}
            </Badge>
          ))}
      </Group>
      <Text size="sm" className="hf-quiet">
        {[
          summary.nearestCritical !== undefined && t('nearest', { n: summary.nearestCritical }),
          summary.weakened > 0 && t('weakened', { n: summary.weakened }),
          Boolean(summary.openIncidents) && t('incidents', { n: summary.openIncidents ?? 0 }),
          summary.bySite.some((s) => s.site) &&
            t('sites', { sites: summary.bySite.flatMap((s) => (s.site ? [`${s.site.label} (${s.count})`] : [])).slice(0, 5).join(', ') }),
          summary.owners.length > 0 && t('owners', { owners: summary.owners.map((o) => o.label).slice(0, 5).join(', ') }),
        ]
          .filter(Boolean)
          .join(' · ')}
      </Text>
    </Stack>
  );
}

function Rows({ items }: { items: ImpactedAsset[] }) {
  const t = useWords();
  return (
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
                <Badge tone={criticalities.find((c) => c === i.criticality) ?? 'neutral'}>{useWords.word(i.criticality)}</Badge>
              </Table.Td>
              <Table.Td>{t('steps', { n: i.distance })}</Table.Td>
              <Table.Td className="hf-quiet">
                {i.path
                  .slice(0, -1)
                  .map((s) => s.asset?.label ?? '')
                  .join(' → ')}
                {i.lost && ` ${t('lost', { group: i.lost.group, standing: i.lost.standing, of: i.lost.of, needed: i.lost.needed })}`}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What the failing record is called in the graph: no asset has such an id. */
const rootID = 'root';

function Graph({ root, items, down }: { root: string; items: ImpactedAsset[]; down: boolean }) {
  const t = useWords();
  const scheme = useComputedColorScheme();
  const navigate = useNavigate();
  const { nodes, edges } = useMemo(() => {
    const known = items.flatMap((i) => (i.asset ? [{ id: i.asset.id, distance: i.distance, from: i.path.at(-2)?.asset?.id ?? rootID, item: i }] : []));
    const at = new Map(layout(rootID, known).map((p) => [p.id, p]));
    const node = (id: string, label: string, kind: string): Node => ({
      id, position: { x: at.get(id)?.x ?? 0, y: at.get(id)?.y ?? 0 }, data: { label }, sourcePosition: Position.Right, targetPosition: Position.Left,
      className: 'hf-node', domAttributes: { 'data-kind': kind } as never, ariaLabel: label, connectable: false,
    });
    return {
      nodes: [
        node(rootID, down ? `${root} · ${t('fails')}` : root, 'root'),
        ...known.map((k) => node(k.id, `${k.item.asset?.number ?? ''} ${k.item.asset?.label ?? ''}`, k.item.criticality)),
      ],
      edges: known.map<Edge>((k) => ({
        id: `${k.from}-${k.id}`, source: k.from, target: k.id, label: useWords.known(`type.${k.item.path.at(-1)?.type ?? ''}`),
        markerEnd: { type: MarkerType.ArrowClosed }, focusable: false,
      })),
    };
  }, [root, items, down, t]);
  return (
    <div className="hf-graph" role="group" aria-label={t('graph')}>
      <ReactFlow
        nodes={nodes} edges={edges} fitView fitViewOptions={{ padding: 0.05, minZoom: 0.5, maxZoom: 1 }} minZoom={0.2} maxZoom={1.5} colorMode={scheme} nodesDraggable={false} nodesConnectable={false} edgesFocusable={false}
        proOptions={{ hideAttribution: true }} onNodeClick={(_, n) => n.id !== rootID && void navigate({ to: `/assets/${n.id}`, search: { tab: 'impact' } as never })}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
