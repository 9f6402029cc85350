import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { demands, next, resolve, response, type Dues } from './clock';

const at = 1_800_000_000_000;
const ticket = (more: Partial<Dues>): Dues => ({ status: 'new', responseBreached: false, resolveBreached: false, ...more });

describe('the clocks of an incident', () => {
  it('run towards what is due, and beyond', () => {
    const i = ticket({ responseDueAt: timestampFromMs(at + 60_000), resolveDueAt: timestampFromMs(at + 3_600_000) });
    expect(response(i, at)).toEqual({ is: 'running', seconds: 60 });
    expect(next(i, at + 90_000)).toEqual({ is: 'running', seconds: -30 });
    expect(next({ ...i, status: 'in_progress', acknowledgedAt: timestampFromMs(at) }, at)).toEqual({ is: 'running', seconds: 3600 });
  });
  it('stand on hold, and end with the resolution', () => {
    expect(resolve(ticket({ status: 'on_hold' }), at)).toEqual({ is: 'paused' });
    expect(resolve(ticket({ status: 'resolved', resolveDueAt: timestampFromMs(at) }), at)).toEqual({ is: 'done', late: false });
    expect(resolve(ticket({ status: 'closed', resolveBreached: true }), at)).toEqual({ is: 'done', late: true });
    expect(resolve(ticket({ status: 'closed' }), at)).toEqual({ is: 'none' });
    expect(response(ticket({ acknowledgedAt: timestampFromMs(at), responseDueAt: timestampFromMs(at), responseBreached: true }), at)).toEqual({ is: 'done', late: true });
  });
  it('knows what a move asks for', () => {
    expect(demands('resolved')).toEqual(['resolutionCode', 'resolutionNote']);
    expect(demands('in_progress')).toEqual([]);
  });
});
