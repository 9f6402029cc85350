import { Checkbox, Stack, Table, Text } from '@mantine/core';
import { PreferencesSchema } from '../../gen/holdfast/me/v1/me_pb';
import { usePreferences, useSetPreferences } from '../../lib/preferences';
import { wordsOf } from '../../lib/record';
import { failed } from '../../ui/fault';
import { useWords } from './words';

const events = wordsOf(PreferencesSchema.field.eventsApp);

/** Events is what the person is told of, and how. */
export function Events() {
  const t = useWords();
  const kept = usePreferences();
  const { set, saving } = useSetPreferences();
  if (!kept) return null;
  // Until it is set, everything comes in the app and nothing by mail.
  const app: readonly string[] = kept.version === 0 || kept.eventsApp.length === 0 ? events : kept.eventsApp;
  const flip = (list: readonly string[], event: string) => (list.includes(event) ? list.filter((e) => e !== event) : [...list, event]);
  return (
    <Stack gap="sm" maw={640}>
      <Text size="sm">{t('eventsText')}</Text>
      <Table aria-label={t('tab.events')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('event')}</Table.Th>
            <Table.Th>{t('inApp')}</Table.Th>
            <Table.Th>{t('byMail')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {events.map((e) => (
            <Table.Tr key={e}>
              <Table.Td>{useWords.known(`event.${e}`)}</Table.Td>
              <Table.Td>
                <Checkbox aria-label={`${useWords.known(`event.${e}`)}, ${t('inApp')}`} checked={app.includes(e)} disabled={saving || (app.length === 1 && app[0] === e)} onChange={() => void set({ eventsApp: flip(app, e) }).catch(failed)} />
              </Table.Td>
              <Table.Td>
                <Checkbox aria-label={`${useWords.known(`event.${e}`)}, ${t('byMail')}`} checked={kept.eventsMail.includes(e)} disabled={saving} onChange={() => void set({ eventsMail: flip(kept.eventsMail, e) }).catch(failed)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
