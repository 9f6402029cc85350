import { create } from '@bufbuild/protobuf';
import { ActionIcon, Button, Fieldset, Group, Select, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { Plus, Trash2 } from 'lucide-react';
import { useMemo } from 'react';
import { CalendarSchema, WeeklyHoursSchema, type Calendar } from '../../gen/holdfast/settings/v1/settings_pb';
import { localeTag } from '../../lib/i18n';
import type { SettingsForm } from './page';
import { under } from './part';
import { useWords } from './words';

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** dayName is a day of the week in the person's language; 2024-01-01 was a Monday. */
function dayName(day: string): string {
  return new Intl.DateTimeFormat(localeTag(), { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2024, 0, 1 + days.indexOf(day))));
}

/** Calendars are the hours in which time counts. */
export function Calendars({ form }: { form: SettingsForm }) {
  const t = useWords();
  const { calendars } = form.values;
  const zones = useMemo(() => ['UTC', ...Intl.supportedValuesOf('timeZone').filter((z) => z !== 'UTC')], []);
  const put = (i: number, next: Calendar | undefined) => form.set('calendars', next ? calendars.with(i, next) : calendars.toSpliced(i, 1));
  const add = () => {
    const names = new Set(calendars.map((c) => c.name));
    let name = t('calendarNew');
    for (let n = 2; names.has(name); n++) name = `${t('calendarNew')} ${n}`;
    const weekly = days.slice(0, 5).map((day) => create(WeeklyHoursSchema, { day, from: '08:00', to: '17:00' }));
    form.set('calendars', [...calendars, create(CalendarSchema, { name, timeZone: form.values.timeZone || 'UTC', weekly })]);
  };
  const error = under(form, 'calendars');
  return (
    <>
      <Text size="sm" className="hf-quiet">
        {t(calendars.length ? 'calendarsHint' : 'calendarsEmpty')}
      </Text>
      {error && (
        <Text size="sm" c="red.8" role="alert">
          {error}
        </Text>
      )}
      {calendars.map((c, i) => (
        <Fieldset key={i} legend={c.name}>
          <Stack gap="sm">
            <Group align="flex-end" gap="sm">
              <TextInput label={t('calendarName')} maxLength={100} required value={c.name} onChange={(e) => put(i, create(CalendarSchema, { ...c, name: e.currentTarget.value }))} />
              <Select label={t('timeZone')} data={zones} searchable allowDeselect={false} value={c.timeZone || 'UTC'} onChange={(zone) => put(i, create(CalendarSchema, { ...c, timeZone: zone ?? 'UTC' }))} />
              <ActionIcon variant="default" size={34} aria-label={t('calendarRemove', { name: c.name })} onClick={() => put(i, undefined)}>
                <Trash2 size={15} aria-hidden />
              </ActionIcon>
            </Group>
            <Hours calendar={c} onChange={(next) => put(i, next)} />
            <TagsInput
              label={t('holidays')} description={t('holidaysHint')} value={c.holidays} splitChars={[',', ' ', ';']}
              onChange={(all) => put(i, create(CalendarSchema, { ...c, holidays: [...new Set(all)].sort() }))}
            />
          </Stack>
        </Fieldset>
      ))}
      <Button variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={add} style={{ alignSelf: 'flex-start' }}>
        {t('calendarAdd')}
      </Button>
    </>
  );
}

function Hours({ calendar: c, onChange }: { calendar: Calendar; onChange: (next: Calendar) => void }) {
  const t = useWords();
  const put = (weekly: Calendar['weekly']) => onChange(create(CalendarSchema, { ...c, weekly }));
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        {t('hours')}
      </Text>
      {c.weekly.map((w, i) => (
        <Group key={i} gap="xs" wrap="nowrap">
          <Select size="xs" aria-label={t('day')} allowDeselect={false} value={w.day} data={days.map((value) => ({ value, label: dayName(value) }))}
            onChange={(day) => put(c.weekly.with(i, create(WeeklyHoursSchema, { ...w, day: day ?? w.day })))} />
          <TextInput size="xs" w={80} aria-label={t('from')} value={w.from} onChange={(e) => put(c.weekly.with(i, create(WeeklyHoursSchema, { ...w, from: e.currentTarget.value })))} />
          <TextInput size="xs" w={80} aria-label={t('to')} value={w.to} onChange={(e) => put(c.weekly.with(i, create(WeeklyHoursSchema, { ...w, to: e.currentTarget.value })))} />
          <ActionIcon variant="subtle" color="gray" aria-label={t('hoursRemove')} onClick={() => put(c.weekly.toSpliced(i, 1))}>
            <Trash2 size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      <Button size="compact-xs" variant="default" style={{ alignSelf: 'flex-start' }}
        onClick={() => put([...c.weekly, create(WeeklyHoursSchema, { day: 'monday', from: '08:00', to: '17:00' })])}>
        {t('hoursAdd')}
      </Button>
    </Stack>
  );
}
