import { Skeleton, Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { skipToken } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import { FindingService } from '../../gen/holdfast/findings/v1/findings_pb';
import { IncidentService } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { useMay, useMe } from '../../lib/me';
import { Badge, type Tone } from '../../ui/badge';
import { Ago } from '../../ui/time';
import { useWords } from './words';

interface Line {
  id: string;
  to: string;
  number: string;
  title: string;
  tone: Tone;
  level: string;
  due: Timestamp | undefined;
}

function Lines({ lines }: { lines: Line[] }) {
  const t = useWords();
  if (!lines.length) return <Text className="hf-quiet">{t('nothing')}</Text>;
  return (
    <ul className="hf-lines">
      {lines.map((l) => (
        <li key={l.id}>
          <Link to={l.to}>
            <span className="hf-num">{l.number}</span>
            <span className="hf-cut">{l.title}</span>
          </Link>
          <Badge tone={l.tone}>{l.level}</Badge>
          <span className="hf-quiet hf-lineat">
            <Ago ahead at={l.due} />
          </span>
        </li>
      ))}
    </ul>
  );
}

const tones: Tone[] = ['neutral', 'critical', 'high', 'medium', 'low', 'neutral'];
const risks: Partial<Record<string, Tone>> = { critical: 'critical', high: 'high', medium: 'medium', low: 'low' };

interface Incident {
  id: string;
  number: string;
  title: string;
  priority?: number;
  resolveDueAt?: Timestamp;
}

const incidentLine = (i: Incident): Line => ({
  id: i.id, to: `/incidents/${i.id}`, number: i.number, title: i.title, tone: tones[i.priority ?? 0] ?? 'neutral', level: useWords.word(`priority.${i.priority ?? 3}`), due: i.resolveDueAt,
});

/** Mine is what is assigned to the person: incidents by priority, then findings by risk. */
export function Mine() {
  const may = useMay();
  const me = useMe()?.user?.id;
  useWords();
  const incidents = useQuery(IncidentService.method.listIncidents, me && may(IncidentService.method.listIncidents) ? { assigneeId: [me], open: true, perPage: 6, orderBy: 'priority,resolve_due_at', total: 'none' } : skipToken);
  const findings = useQuery(
    FindingService.method.listFindings,
    me && may(FindingService.method.listFindings) ? { assigneeId: [me], remediationStatus: ['open', 'in_progress', 'ready_for_retest'], perPage: 6, total: 'none' } : skipToken,
  );
  if (incidents.isLoading || findings.isLoading) return <Skeleton height={110} className="hf-ghost" />;
  const lines = [
    ...(incidents.data?.items ?? []).map(incidentLine),
    ...(findings.data?.items ?? []).map((f): Line => ({ id: f.id, to: `/findings/${f.id}`, number: f.number, title: f.title, tone: risks[f.riskLevel] ?? 'neutral', level: useWords.word(`risk.${f.riskLevel}`), due: f.dueAt })),
  ];
  return <Lines lines={lines.slice(0, 9)} />;
}

/** Due is what must be resolved next, whoever works on it. */
export function Due() {
  useWords();
  const query = useQuery(IncidentService.method.listIncidents, { open: true, breached: false, perPage: 8, orderBy: 'resolve_due_at', total: 'none' });
  if (!query.data) return <Skeleton height={110} className="hf-ghost" />;
  return <Lines lines={query.data.items.filter((i) => i.resolveDueAt).map(incidentLine)} />;
}
