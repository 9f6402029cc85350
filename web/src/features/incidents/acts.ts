import { CheckCheck, CirclePause, CircleSlash, Eye, Merge, Pencil, Play, RotateCcw, Siren, Trash2, UserPlus, type LucideIcon } from 'lucide-react';
import { IncidentService, type Incident } from '../../gen/holdfast/incidents/v1/incidents_pb';
import { useAct } from '../../lib/act';
import { useMay, useMe } from '../../lib/me';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import type { Act } from '../../ui/record';
import { useWords as useShared } from '../../ui/words';
import { demands } from './clock';
import { useWords } from './words';

/** Asked is a dialog that an act opens first. */
export type Asked = { is: 'move'; to: string; label: string } | { is: 'merge' } | { is: 'promote' };

const icons: Record<string, LucideIcon> = { acknowledged: Eye, in_progress: Play, on_hold: CirclePause, resolved: CheckCheck, closed: CheckCheck, cancelled: CircleSlash };

/** useActs answers what may be done to an incident: the moves that the server allows, and the rest in the menu. */
export function useActs({ ask, edit, onGone }: { ask: (asked: Asked) => void; edit: () => void; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const me = useMe()?.user?.id;
  const update = useAct(IncidentService.method.updateIncident, { onError: failed });
  const remove = useAct(IncidentService.method.deleteIncident, { onError: failed, onSuccess: onGone });
  return (i: Incident): Act[] => {
    const acts: Act[] = [];
    if (may(IncidentService.method.updateIncident)) {
      i.allowedTransitions.forEach((to, n) => {
        const label = to === 'in_progress' && i.status === 'resolved' ? t('reopen') : to === 'in_progress' && i.status === 'on_hold' ? t('goOn') : useWords.word(`move.${to}`);
        acts.push({
          label, icon: to === 'in_progress' && i.status === 'resolved' ? RotateCcw : icons[to], primary: n === 0, menu: to === 'cancelled', danger: to === 'cancelled', busy: update.isPending,
          onClick: () =>
            demands(to).length || (to === 'in_progress' && i.status === 'resolved')
              ? ask({ is: 'move', to, label })
              : update.mutate({ incident: { id: i.id, version: i.version, status: to }, updateMask: { paths: ['status'] } }),
        });
      });
      if (me && i.assigneeId !== me && !i.closedAt) {
        acts.push({
          label: t('assignMe'), icon: UserPlus, busy: update.isPending,
          onClick: () => update.mutate({ incident: { id: i.id, version: i.version, assigneeId: me }, updateMask: { paths: ['assignee_id'] } }),
        });
      }
      acts.push({ label: ui('edit'), icon: Pencil, menu: true, onClick: edit });
    }
    if (may(IncidentService.method.promoteIncident) && !i.isMajor && !i.closedAt) acts.push({ label: t('promote'), icon: Siren, menu: true, onClick: () => ask({ is: 'promote' }) });
    if (may(IncidentService.method.mergeIncident) && !i.closedAt) acts.push({ label: t('merge'), icon: Merge, menu: true, onClick: () => ask({ is: 'merge' }) });
    if (may(IncidentService.method.deleteIncident)) {
      acts.push({
        label: t('delete'), icon: Trash2, danger: true, menu: true,
        onClick: () =>
          void confirm({ title: ui('deleteTitle', { name: i.number }), text: ui('deleteText'), action: t('delete'), danger: true }).then(
            (yes) => yes && remove.mutate({ id: i.id, version: i.version }),
          ),
      });
    }
    return acts;
  };
}
