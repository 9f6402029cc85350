// What a ticket's clocks say, from its own fields: no question to the server while they run.
import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';

/** Dues are the fields of an incident that its clocks are read from. */
export interface Dues {
  status: string;
  responseDueAt?: Timestamp | undefined;
  resolveDueAt?: Timestamp | undefined;
  responseBreached: boolean;
  resolveBreached: boolean;
  acknowledgedAt?: Timestamp | undefined;
  resolvedAt?: Timestamp | undefined;
}

export type Reading =
  | { is: 'none' }
  | { is: 'paused' }
  | { is: 'done'; late: boolean }
  | { is: 'running'; seconds: number; total?: number };

/** response is the clock from the report to the acknowledgement; seconds are left, negative after it is due. */
export function response(i: Dues, now: number): Reading {
  if (i.acknowledgedAt) return i.responseDueAt ? { is: 'done', late: i.responseBreached } : { is: 'none' };
  if (!i.responseDueAt) return { is: 'none' };
  return { is: 'running', seconds: (timestampMs(i.responseDueAt) - now) / 1000 };
}

/** resolve is the clock from the report to the resolution. It stands while the incident is on hold. */
export function resolve(i: Dues, now: number): Reading {
  if (['resolved', 'closed', 'cancelled'].includes(i.status)) return i.resolveDueAt || i.resolveBreached ? { is: 'done', late: i.resolveBreached } : { is: 'none' };
  if (i.status === 'on_hold') return { is: 'paused' };
  if (!i.resolveDueAt) return { is: 'none' };
  return { is: 'running', seconds: (timestampMs(i.resolveDueAt) - now) / 1000 };
}

/** next is the clock that matters now: the response until it is given, then the resolution. */
export function next(i: Dues, now: number): Reading {
  const first = response(i, now);
  return i.status === 'new' && first.is === 'running' ? first : resolve(i, now);
}

/** Demand is a field that a move may ask for. */
export type Demand = 'onHoldReason' | 'resolutionCode' | 'resolutionNote' | 'reason';

/** demands are the fields that a move to a state asks for. */
export function demands(to: string): readonly Demand[] {
  switch (to) {
    case 'on_hold':
      return ['onHoldReason'];
    case 'resolved':
      return ['resolutionCode', 'resolutionNote'];
    case 'cancelled':
      return ['reason'];
    default:
      return [];
  }
}
