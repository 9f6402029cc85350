import { Stack, Tabs, Text } from '@mantine/core';
import { callUnaryMethod, useQuery } from '@connectrpc/connect-query';
import '../../ui/page.css';
import { MeService } from '../../gen/holdfast/me/v1/me_pb';
import { SettingsSchema, SettingsService, type Settings } from '../../gen/holdfast/settings/v1/settings_pb';
import { useAct } from '../../lib/act';
import { oneOf } from '../../lib/address';
import { useMay } from '../../lib/me';
import { useTitle } from '../../lib/place';
import { transport } from '../../lib/transport';
import { told } from '../../ui/fault';
import { FormBody } from '../../ui/form';
import { useAddress } from '../../ui/liststate';
import { Loaded } from '../../ui/loaded';
import { useRecordForm } from '../../ui/useform';
import { useWords as useShared } from '../../ui/words';
import { Calendars } from './calendars';
import { General } from './general';
import { Incidents } from './incidents';
import { Security } from './security';
import { useWords } from './words';

/** SettingsForm is the form that all parts share. */
export type SettingsForm = ReturnType<typeof useSettingsForm>;

function useSettingsForm(settings: Settings) {
  const ui = useShared();
  const update = useAct(SettingsService.method.updateSettings, { also: [MeService] });
  return useRecordForm({
    schema: SettingsSchema,
    record: settings,
    draft: 'settings',
    save: (values, mask) => update.mutateAsync({ settings: values, updateMask: { paths: mask } }),
    reload: () => callUnaryMethod(transport, SettingsService.method.getSettings, {}),
    onSaved: () => told(ui('saved')),
  });
}

/** SettingsPage is what the tenant has decided for all its members. */
export function SettingsPage() {
  const t = useWords();
  useTitle(t('title'));
  const query = useQuery(SettingsService.method.getSettings, {});
  return (
    <div className="hf-page">
      <h1>{t('title')}</h1>
      <Loaded query={query}>{(settings) => <Parts key={settings.version} settings={settings} />}</Loaded>
    </div>
  );
}

function Parts({ settings }: { settings: Settings }) {
  const t = useWords();
  const may = useMay();
  const [search, change] = useAddress();
  const form = useSettingsForm(settings);
  const parts = [
    { key: 'general', label: t('general'), Part: General },
    { key: 'incidents', label: t('incidents'), Part: Incidents },
    { key: 'calendars', label: t('calendars'), Part: Calendars },
    { key: 'security', label: t('security'), Part: Security },
  ];
  const wanted = oneOf(search.tab);
  const open = parts.some((p) => p.key === wanted) ? wanted : 'general';
  const mayChange = may(SettingsService.method.updateSettings);
  const body = (
    <Tabs value={open} onChange={(v) => change({ tab: v && v !== 'general' ? v : undefined })} keepMounted={false}>
      <Tabs.List mb="md" style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
        {parts.map(({ key, label }) => (
          <Tabs.Tab key={key} value={key}>
            {label}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {parts.map(({ key, Part }) => (
        <Tabs.Panel key={key} value={key}>
          <Stack gap="md" maw={760}>
            <Part form={form} />
          </Stack>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
  if (mayChange) return <FormBody form={form}>{body}</FormBody>;
  return (
    <fieldset disabled style={{ border: 0, padding: 0, margin: 0, minWidth: 0 }}>
      <Text size="sm" className="hf-quiet" mb="sm">
        {t('readOnly')}
      </Text>
      {body}
    </fieldset>
  );
}
