import { Lock, Trash2, User } from 'lucide-react';
import { useMemo } from 'react';
import { TemplateService, type Template } from '../../gen/holdfast/templates/v1/templates_pb';
import { useAct } from '../../lib/act';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { Badge } from '../../ui/badge';
import { RecordList, type Column } from '../../ui/list';
import { Ago } from '../../ui/time';
import { WordBadge } from '../../ui/word';
import { categoryText } from './category';
import { TemplateDetail } from './detail';
import { TemplateForm } from './form';
import { useWords } from './words';

/** TemplateList is the list of templates. */
export function TemplateList() {
  const t = useWords();
  const risks = useVocabulary('riskLevel');
  const remove = useAct(TemplateService.method.deleteTemplate);
  const columns = useMemo<Column<Template>[]>(
    () => [
      { key: 'name', label: t('name'), main: true, sort: true, cell: (x) => x.name },
      { key: 'category', label: t('category'), sort: true, width: 190, cell: (x) => categoryText(x.category) },
      { key: 'risk_level', label: t('risk_level'), width: 130, cell: (x) => <WordBadge word={x.riskLevelWord} /> },
      { key: 'is_builtin', label: t('kind'), width: 120, cell: (x) => <Badge icon={x.isBuiltin ? Lock : User}>{t(x.isBuiltin ? 'builtin' : 'own')}</Badge> },
      { key: 'cwe', label: t('cwe'), width: 100, cell: (x) => (x.cwe ? <span className="hf-num">CWE-{x.cwe}</span> : null) },
      { key: 'language', label: t('language'), width: 100, hidden: true, cell: (x) => x.language },
      { key: 'updated_at', label: t('updated'), sort: true, width: 140, cell: (x) => <Ago at={x.updatedAt} /> },
    ],
    [t],
  );
  return (
    <RecordList
      word="templates"
      title={t('heading')}
      empty={t('empty')}
      method={TemplateService.method.listTemplates}
      order="name"
      name={(x) => x.name}
      columns={columns}
      filters={[
        { key: 'risk_level', label: t('risk_level'), options: choicesOf(risks) },
        { key: 'category', label: t('category'), kind: 'text' },
        { key: 'is_builtin', label: t('builtin'), kind: 'flag' },
        { key: 'language', label: t('language'), kind: 'text' },
      ]}
      bulk={[{ label: t('delete'), icon: Trash2, danger: true, confirm: t('deleteMany'), needs: TemplateService.method.deleteTemplate, run: (x) => remove.mutateAsync({ id: x.id, version: x.version }) }]}
      create={{ label: t('new'), needs: TemplateService.method.createTemplate, form: (close) => <TemplateForm onClose={close} /> }}
      detail={(id, close) => <TemplateDetail id={id} onGone={close} />}
    />
  );
}
