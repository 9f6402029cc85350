import { Select, Textarea, TextInput } from '@mantine/core';
import { callUnaryMethod } from '@connectrpc/connect-query';
import { SiteSchema, SiteService, type Site } from '../../gen/holdfast/sites/v1/sites_pb';
import { useAct } from '../../lib/act';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormDrawer } from '../../ui/form';
import { MarkdownEditor } from '../../ui/markdowneditor';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { statuses } from './status';
import { useWords } from './words';

/** SiteForm makes a site, or changes the one that is given. */
export function SiteForm({ site, onClose }: { site?: Site; onClose: () => void }) {
  const t = useWords();
  const ui = useShared();
  const create = useAct(SiteService.method.createSite);
  const update = useAct(SiteService.method.updateSite);
  const form = useRecordForm({
    schema: SiteSchema,
    record: site,
    initial: { status: 'active' },
    draft: `site.${site?.id ?? 'new'}`,
    save: (values, mask) => (site ? update.mutateAsync({ site: values, updateMask: { paths: mask } }) : create.mutateAsync({ site: values })),
    reload: () => callUnaryMethod(transport, SiteService.method.getSite, { id: site?.id ?? '' }),
    onSaved: () => {
      told(ui('saved'));
      onClose();
    },
  });
  return (
    <FormDrawer form={form} title={site ? t('edit') : t('new')} onClose={onClose}>
      <TextInput {...form.text('name', t('name'))} data-autofocus />
      <Select {...form.choice('status', t('status'))} allowDeselect={false} data={useWords.choices('status', statuses)} />
      <Textarea {...form.text('address', t('address'))} autosize minRows={2} />
      <MarkdownEditor {...form.markdown('description', t('description'))} />
    </FormDrawer>
  );
}
