import { ActionIcon, Button, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { ArrowDown, ArrowUp, Columns2, EyeOff, LayoutGrid, Plus, RectangleHorizontal } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { StatsService, type Tile } from '../../gen/holdfast/stats/v1/stats_pb';
import { useMe } from '../../lib/me';
import { useTitle } from '../../lib/place';
import { FaultNote } from '../../ui/fault';
import { useLayout, usual, widgets, type Placed, type Widget } from './layout';
import { Age, Numbers, Priority, Risk } from './tiles';
import { useWords } from './words';
import './dashboard.css';

const Mine = lazy(() => import('./mine').then((m) => ({ default: m.Mine })));
const Due = lazy(() => import('./mine').then((m) => ({ default: m.Due })));
const Activity = lazy(() => import('./activity'));

/** Dashboard is the start page: what matters at a glance, arranged as the person likes it. */
export function Dashboard() {
  const t = useWords();
  const me = useMe();
  const stats = useQuery(StatsService.method.getOverview, {}, { refetchInterval: 120_000 });
  const [layout, change] = useLayout();
  const [arranging, setArranging] = useState(false);
  useTitle(t('title'));
  const tiles = stats.data?.tiles ?? [];
  const has = (prefix: string) => tiles.some((x) => x.key.startsWith(prefix));
  // A widget about records that the person may not see is not there at all.
  const possible: Record<Widget, boolean> = {
    numbers: true, mine: has('incidents.') || has('findings.'), due: has('incidents.'), priority: has('incidents.'), age: has('incidents.'), risk: has('findings.'),
    activity: tiles.length > 0,
  };
  const shown = layout.filter((p) => possible[p.widget]);
  const hidden = widgets.filter((w) => possible[w] && !layout.some((p) => p.widget === w));
  const move = (i: number, by: number) => {
    const next = [...shown];
    const [one] = next.splice(i, 1);
    if (one) next.splice(i + by, 0, one);
    change(next);
  };
  return (
    <div className="hf-dash">
      <div className="hf-listhead">
        <h1>{me ? t('hello', { name: me.user?.fullName.split(' ')[0] ?? '' }) : ' '}</h1>
        <Group gap="xs" ml="auto">
          {arranging && (
            <Button size="xs" variant="default" onClick={() => change(undefined)} disabled={layout === usual}>
              {t('usual')}
            </Button>
          )}
          <Button size="xs" variant={arranging ? 'filled' : 'default'} leftSection={<LayoutGrid size={14} aria-hidden />} aria-pressed={arranging} onClick={() => setArranging(!arranging)}>
            {arranging ? t('done') : t('arrange')}
          </Button>
        </Group>
      </div>
      {stats.isError && !stats.data && <FaultNote error={stats.error} retry={() => void stats.refetch()} />}
      <div className="hf-widgets">
        {shown.map((p, i) => (
          <section key={p.widget} className="hf-widget" data-wide={p.wide || undefined} aria-labelledby={`widget-${p.widget}`}>
            <div className="hf-widgethead">
              <h2 id={`widget-${p.widget}`}>{t(`widget.${p.widget}`)}</h2>
              {arranging && <Tools placed={p} first={i === 0} last={i === shown.length - 1} move={(by) => move(i, by)} change={(next) => change(shown.flatMap((x) => (x === p ? (next ? [next] : []) : [x])))} />}
            </div>
            {stats.data ? <Body widget={p.widget} tiles={tiles} /> : <Skeleton height={110} className="hf-ghost" />}
          </section>
        ))}
      </div>
      {arranging && hidden.length > 0 && (
        <Group gap="xs" mt="md">
          <Text size="sm" className="hf-quiet">
            {t('hidden')}
          </Text>
          {hidden.map((w) => (
            <Button key={w} size="xs" variant="default" leftSection={<Plus size={13} aria-hidden />} aria-label={t('show', { name: t(`widget.${w}`) })} onClick={() => change([...shown, { widget: w, wide: w === 'numbers' }])}>
              {t(`widget.${w}`)}
            </Button>
          ))}
        </Group>
      )}
    </div>
  );
}

function Body({ widget, tiles }: { widget: Widget; tiles: Tile[] }) {
  switch (widget) {
    case 'numbers':
      return <Numbers tiles={tiles} />;
    case 'priority':
      return <Priority tiles={tiles} />;
    case 'age':
      return <Age tiles={tiles} />;
    case 'risk':
      return <Risk tiles={tiles} />;
    default:
      return (
        <Suspense fallback={<Skeleton height={110} className="hf-ghost" />}>
          {widget === 'mine' ? <Mine /> : widget === 'due' ? <Due /> : <Activity />}
        </Suspense>
      );
  }
}

function Tools({ placed, first, last, move, change }: { placed: Placed; first: boolean; last: boolean; move: (by: number) => void; change: (next: Placed | undefined) => void }) {
  const t = useWords();
  const name = t(`widget.${placed.widget}`);
  const tool = (label: string, icon: React.ReactNode, act: () => void, disabled = false) => (
    <ActionIcon size="sm" variant="subtle" color="gray" aria-label={label} onClick={act} disabled={disabled}>
      {icon}
    </ActionIcon>
  );
  return (
    <Group gap={2} ml="auto" wrap="nowrap">
      {tool(t('up', { name }), <ArrowUp size={14} aria-hidden />, () => move(-1), first)}
      {tool(t('down', { name }), <ArrowDown size={14} aria-hidden />, () => move(1), last)}
      {tool(placed.wide ? t('narrower', { name }) : t('wider', { name }), placed.wide ? <Columns2 size={14} aria-hidden /> : <RectangleHorizontal size={14} aria-hidden />, () => change({ ...placed, wide: !placed.wide }))}
      {tool(t('hide', { name }), <EyeOff size={14} aria-hidden />, () => change(undefined))}
    </Group>
  );
}
