import { Group, Select, Stack, Tabs, Text } from '@mantine/core';
import { useMantineColorScheme } from '@mantine/core';
import { oneOf } from '../../lib/address';
import { setLocale } from '../../lib/i18n';
import { useMe } from '../../lib/me';
import { useTitle } from '../../lib/place';
import { usePreferences, useSetPreferences } from '../../lib/preferences';
import { failed } from '../../ui/fault';
import { useAddress } from '../../ui/liststate';
import { Avatar } from '../../ui/person';
import { Events } from './events';
import { Security } from './security';
import { Sessions } from './sessions';
import { Tokens } from './tokens';
import { useWords } from './words';
import './profile.css';
import { Segments } from '../../ui/segments';

const tabs = ['look', 'security', 'sessions', 'tokens', 'events'] as const;

/** Profile is the person's own page. */
export function Profile() {
  const t = useWords();
  const me = useMe();
  const [search, change] = useAddress();
  const wanted = oneOf(search.tab);
  const tab = tabs.find((x) => x === wanted) ?? 'look';
  useTitle(t('title'));
  return (
    <div className="hf-profile">
      <Group gap="md" mb="md" wrap="nowrap">
        <Avatar name={me?.user?.fullName ?? ''} id={me?.user?.id ?? ''} size={44} />
        <div style={{ minWidth: 0 }}>
          <h1>{me?.user?.fullName ?? t('title')}</h1>
          <Text size="sm" className="hf-quiet hf-cut">
            {[me?.user?.email, me?.tenant?.name, me?.groups.map((g) => g.label).join(', ')].filter(Boolean).join(' · ')}
          </Text>
        </div>
      </Group>
      <Tabs value={tab} onChange={(v) => change({ tab: v && v !== 'look' ? v : undefined })} keepMounted={false}>
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto', overflowY: 'hidden' }}>
          {tabs.map((x) => (
            <Tabs.Tab key={x} value={x}>
              {t(`tab.${x}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="look" pt="md">
          <Look />
        </Tabs.Panel>
        <Tabs.Panel value="security" pt="md">
          <Security />
        </Tabs.Panel>
        <Tabs.Panel value="sessions" pt="md">
          <Sessions />
        </Tabs.Panel>
        <Tabs.Panel value="tokens" pt="md">
          <Tokens />
        </Tabs.Panel>
        <Tabs.Panel value="events" pt="md">
          <Events />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

/** Look is language and theme, the same at every desk. */
function Look() {
  const t = useWords();
  const kept = usePreferences();
  const { set } = useSetPreferences();
  const { setColorScheme } = useMantineColorScheme();
  const languages = [
    { value: '', label: t('languageSystem') }, { value: 'en-GB', label: 'English (United Kingdom)' }, { value: 'en-US', label: 'English (United States)' }, { value: 'de-DE', label: 'Deutsch (Deutschland)' },
    { value: 'de-AT', label: 'Deutsch (Österreich)' }, { value: 'de-CH', label: 'Deutsch (Schweiz)' },
  ];
  const locale = kept?.locale ?? '';
  if (locale && !languages.some((l) => l.value === locale)) languages.push({ value: locale, label: locale });
  return (
    <Stack maw={420} gap="md">
      <Select
        label={t('language')} data={languages} value={locale} allowDeselect={false}
        onChange={(v) => {
          setLocale(v || null);
          set({ locale: v || undefined }).catch(failed);
        }}
      />
      <div>
        <Text size="sm" fw={500} mb={4} id="theme">
          {t('theme')}
        </Text>
        <Segments
          label={t('theme')} value={kept?.theme || 'system'} data={(['system', 'light', 'dark'] as const).map((value) => ({ value, label: t(`theme.${value}`) }))}
          onChange={(v) => {
            setColorScheme(v === 'light' || v === 'dark' ? v : 'auto');
            set({ theme: v }).catch(failed);
          }}
        />
      </div>
    </Stack>
  );
}
