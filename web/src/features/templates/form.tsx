import { Group, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { TemplateSchema, TemplateService, type Template } from '../../gen/holdfast/templates/v1/templates_pb';
import { useAct } from '../../lib/act';
import { choicesOf, useVocabulary } from '../../lib/taxonomy';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { useWords } from './words';

/** TemplateForm makes a template, or changes the one that is given. */
export function TemplateForm({ template, onClose }: { template?: Template; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const risks = useVocabulary('riskLevel');
  const create = useAct(TemplateService.method.createTemplate);
  const update = useAct(TemplateService.method.updateTemplate);
  const form = useRecordForm({
    schema: TemplateSchema,
    record: template,
    initial: { language: 'en' },
    draft: `template.${template?.id ?? 'new'}`,
    save: (values, mask) => (template ? update.mutateAsync({ template: values, updateMask: { paths: mask } }) : create.mutateAsync({ template: values })),
    reload: () => callUnaryMethod(transport, TemplateService.method.getTemplate, { id: template?.id ?? '' }),
    onSaved: () => {
      told(ui('saved'));
      onClose();
    },
  });
  return (
    <FormDrawer form={form} title={template ? t('edit') : t('new')} onClose={onClose} size={720}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      <Group grow align="flex-start">
        <TextInput {...form.text('category', t('category'))} />
        <TextInput {...form.text('language', t('language'))} />
        <Select {...form.choice('riskLevel', t('risk_level'))} clearable data={choicesOf(risks, template?.riskLevelWord)} />
      </Group>
      <TextInput {...form.text('title', t('title'))} />
      <MarkdownEditor {...form.markdown('description', t('description'))} />
      <MarkdownEditor {...form.markdown('impact', t('impact'))} />
      <MarkdownEditor {...form.markdown('recommendation', t('recommendation'))} />
      <TagsInput {...form.many('references', t('references'))} />
      <Group grow align="flex-start">
        <NumberInput {...form.amount('cwe', t('cwe'))} min={1} max={99999} />
        <TextInput {...form.text('cvssVector', t('cvss_vector'))} />
      </Group>
    </FormDrawer>
  );
}
