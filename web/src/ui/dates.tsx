import '@mantine/dates/styles.css';
import { DateInput, DatesProvider, DateTimePicker, type DateInputProps, type DateTimePickerProps } from '@mantine/dates';
import dayjs from 'dayjs';
import 'dayjs/locale/de';
import 'dayjs/locale/en-gb';
import localizedFormat from 'dayjs/plugin/localizedFormat';
import type { ReactNode } from 'react';
import { localeTag, useLocale } from '../lib/i18n';

// Without it a format such as "L" is written as its own letters.
dayjs.extend(localizedFormat);


/** Dates gives date pickers below it the person's language. */
function Dates({ children }: { children: ReactNode }) {
  const language = useLocale();
  const locale = localeTag().startsWith('en-') && localeTag() !== 'en-US' ? 'en-gb' : language;
  return <DatesProvider settings={{ locale, firstDayOfWeek: 1 }}>{children}</DatesProvider>;
}

/** DayInput takes a day, as "2026-02-28", and shows it as people of the language write it. */
export function DayInput(props: Omit<DateInputProps, 'valueFormat'>) {
  return (
    <Dates>
      <DateInput {...props} valueFormat="L" />
    </Dates>
  );
}

/** MomentInput takes a day and a time of day. */
export function MomentInput(props: Omit<DateTimePickerProps, 'valueFormat'>) {
  return (
    <Dates>
      <DateTimePicker {...props} valueFormat="L LT" />
    </Dates>
  );
}
