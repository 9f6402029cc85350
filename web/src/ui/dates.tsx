import '@mantine/dates/styles.css';
import { DatesProvider } from '@mantine/dates';
import 'dayjs/locale/de';
import type { ReactNode } from 'react';
import { useLocale } from '../lib/i18n';

const settings = { en: { locale: 'en', firstDayOfWeek: 1 as const }, de: { locale: 'de', firstDayOfWeek: 1 as const } };

/** Dates gives date pickers below it the person's language. Forms, fields in place and filters have it already. */
export function Dates({ children }: { children: ReactNode }) {
  return <DatesProvider settings={settings[useLocale()]}>{children}</DatesProvider>;
}
