import { catalogue } from '../lib/i18n';

/** The words of the list of keys. */
export const useKeyWords = catalogue(
  {
    title: 'Keys', palette: 'Search records, go somewhere, run a command', help: 'This list', search: 'Search the list', down: 'Next row', up: 'Previous row', open: 'Open the row',
    pick: 'Select the row', create: 'New record', edit: 'Edit the record', save: 'Save the form', close: 'Close panel, dialog or menu',
  },
  {
    title: 'Tasten', palette: 'Einträge suchen, irgendwohin gehen, Befehle ausführen', help: 'Diese Liste', search: 'Die Liste durchsuchen', down: 'Nächste Zeile', up: 'Vorige Zeile', open: 'Zeile öffnen',
    pick: 'Zeile auswählen', create: 'Neuer Eintrag', edit: 'Eintrag bearbeiten', save: 'Formular speichern', close: 'Panel, Dialog oder Menü schließen',
  },
);
