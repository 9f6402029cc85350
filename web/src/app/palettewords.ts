import { catalogue } from '../lib/i18n';

/** The words of the command palette. */
export const usePaletteWords = catalogue(
  {
    label: 'Search by number or words, or run a command', records: 'Records', goto: 'Go to', commands: 'Commands', nothing: 'Nothing found', profile: 'Profile', light: 'Light theme',
    dark: 'Dark theme', signOut: 'Sign out',
  },
  {
    label: 'Nach Nummer oder Wörtern suchen oder Befehl ausführen', records: 'Einträge', goto: 'Gehe zu', commands: 'Befehle', nothing: 'Nichts gefunden', profile: 'Profil', light: 'Helles Design',
    dark: 'Dunkles Design', signOut: 'Abmelden',
  },
);
