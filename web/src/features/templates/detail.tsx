import { Text } from '@mantine/core';
import { useQuery } from '@connectrpc/connect-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Lock, Pencil, Trash2 } from 'lucide-react';
import { TemplateService, type Template } from '../../gen/holdfast/templates/v1/templates_pb';
import { useAct } from '../../lib/act';
import { useMay } from '../../lib/me';
import { Badge } from '../../ui/badge';
import { Comments } from '../../ui/comments';
import { confirm } from '../../ui/confirm';
import { failed } from '../../ui/fault';
import { History } from '../../ui/history';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { Person } from '../../ui/person';
import { Prose } from '../../ui/prose';
import { RailRow } from '../../ui/rail';
import { RecordView, type Act } from '../../ui/record';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { useWords as useShared } from '../../ui/words';
import { categoryText } from './category';
import { TemplateForm } from './form';
import { useWords } from './words';

/** TemplatePage is a template on a page of its own. */
export function TemplatePage() {
  const { id = '' } = useParams({ strict: false });
  const navigate = useNavigate();
  return <TemplateDetail id={id} onGone={() => void navigate({ to: '/templates' })} />;
}

/** TemplateDetail is a template, on its page and in the panel over the list. */
export function TemplateDetail({ id, onGone }: { id: string; onGone: () => void }) {
  const t = useWords();
  const ui = useShared();
  const may = useMay();
  const [search, change] = useAddress();
  const query = useQuery(TemplateService.method.getTemplate, { id });
  const remove = useAct(TemplateService.method.deleteTemplate, { onError: failed, onSuccess: onGone });
  const mayUpdate = may(TemplateService.method.updateTemplate);
  return (
    <Loaded query={query}>
      {(x) => {
        const actions: Act[] = [];
        if (mayUpdate) actions.push({ label: ui('edit'), icon: Pencil, onClick: () => change({ edit: ['1'] }) });
        if (may(TemplateService.method.deleteTemplate) && !x.isBuiltin) {
          actions.push({
            label: t('delete'), icon: Trash2, danger: true, menu: true,
            onClick: () =>
              void confirm({ title: ui('deleteTitle', { name: x.name }), text: ui('deleteText'), action: t('delete'), danger: true }).then((yes) => yes && remove.mutate({ id: x.id, version: x.version })),
          });
        }
        return (
          <>
            <RecordView
              title={x.name}
              badges={
                <>
                  <WordBadge word={x.riskLevelWord} />
                  {x.isBuiltin && <Badge icon={Lock}>{t('builtin')}</Badge>}
                </>
              }
              actions={actions}
              tabs={[
                { key: 'texts', label: t('texts'), content: <Texts template={x} /> },
                { key: 'comments', label: ui('comments'), content: <Comments kind="template" id={x.id} may={mayUpdate} /> },
                { key: 'history', label: ui('history'), content: <History method={TemplateService.method.listTemplateHistory} id={x.id} label={(f) => useWords.word(f)} /> },
              ]}
              rail={
                <>
                  <RailRow label={t('category')}>{categoryText(x.category)}</RailRow>
                  <RailRow label={t('language')}>{x.language}</RailRow>
                  <RailRow label={t('cwe')}>{x.cwe ? `CWE-${x.cwe}` : ''}</RailRow>
                  <RailRow label={t('cvss_vector')}>{x.cvssVector}</RailRow>
                  <RailRow label={t('by')}>{x.createdBy && <Person person={x.createdBy} />}</RailRow>
                  <RailRow label={t('created')}>
                    <Ago at={x.createdAt} />
                  </RailRow>
                  <RailRow label={t('updated')}>
                    <Ago at={x.updatedAt} />
                  </RailRow>
                </>
              }
            >
              {x.title && <Text fw={600}>{x.title}</Text>}
              {x.isBuiltin && (
                <Text size="sm" className="hf-quiet">
                  {t('builtinNote')}
                </Text>
              )}
            </RecordView>
            {mayUpdate && 'edit' in search && <TemplateForm template={x} onClose={() => change({ edit: undefined })} />}
          </>
        );
      }}
    </Loaded>
  );
}

function Texts({ template: x }: { template: Template }) {
  const t = useWords();
  const parts = [
    { label: t('description'), text: x.description },
    { label: t('impact'), text: x.impact },
    { label: t('recommendation'), text: x.recommendation },
    { label: t('references'), text: x.references.map((r) => `- ${r}`).join('\n') },
  ];
  return parts.some((p) => p.text) ? <Prose parts={parts} /> : <Text className="hf-quiet">{t('none')}</Text>;
}
